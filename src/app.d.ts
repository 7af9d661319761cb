declare global {
  namespace App {
    interface PageState {
      /** `key` of the workspace that this step of Back shows. */
      dataset?: string;
    }
  }
}

export {};
