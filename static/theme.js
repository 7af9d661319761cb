// Before the first paint: the theme that was chosen, else the system's. shell/theme.svelte.ts takes over afterwards.
(function () {
  var theme = null;
  try {
    theme = JSON.parse(localStorage.getItem('spanlight.theme'));
  } catch (_) {
    // Storage may be forbidden or hold something else; the system's theme stands then.
  }
  if (theme !== 'light' && theme !== 'dark')
    theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.dataset.theme = theme;
})();
