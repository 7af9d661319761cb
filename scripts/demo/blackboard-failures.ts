/** The agents' failures, worded as in Python. */
import type { Failure } from './recorder';

const LIMITED =
  'litellm.RateLimitError: OpenAIException - Rate limit reached for gpt-4.1 on tokens per min (TPM): Limit 30000, Used 29211, Requested 4180. Please try again in 6.782s.';

export const RATE_LIMIT: Failure = {
  type: 'litellm.exceptions.RateLimitError',
  message: LIMITED,
  stack: python(`litellm.exceptions.RateLimitError: ${LIMITED}`, [
    ['flock/core/agent.py', 212, 'execute', 'result = await self._run_engines(ctx, inputs)'],
    [
      'flock/engines/dspy_engine.py',
      178,
      'evaluate',
      'result = await self._acall(program, prompt)',
    ],
    ['dspy/clients/lm.py', 141, 'aforward', 'results = await completion(request=request)'],
    ['litellm/main.py', 1594, 'acompletion', 'raise exception_type(model=model, original=e)'],
  ]),
};

const TIMED_OUT = 'litellm.Timeout: Connection timed out after 30.0 seconds.';

export const TIMEOUT: Failure = {
  type: 'litellm.exceptions.Timeout',
  message: TIMED_OUT,
  stack: python(`litellm.exceptions.Timeout: ${TIMED_OUT}`, [
    ['litellm/main.py', 1594, 'acompletion', 'raise exception_type(model=model, original=e)'],
    ['httpx/_transports/default.py', 118, 'map_httpcore_exceptions', 'raise mapped_exc(message)'],
  ]),
};

export function validationError(type: string, field: string): Failure {
  const message = `1 validation error for ${type}\n${field}\n  Input should be less than or equal to 10 [type=less_than_equal, input_value=11, input_type=int]`;
  return {
    type: 'pydantic_core._pydantic_core.ValidationError',
    message,
    stack: python(`pydantic_core._pydantic_core.ValidationError: ${message}`, [
      ['flock/core/agent.py', 219, 'execute', 'outputs = await self._make_outputs(ctx, result)'],
      ['flock/core/artifacts.py', 64, 'build', 'return spec.model.model_validate(payload)'],
      [
        'pydantic/main.py',
        716,
        'model_validate',
        'return cls.__pydantic_validator__.validate_python(',
      ],
    ]),
  };
}

function python(raised: string, frames: [string, number, string, string][]): string {
  const lines = frames.flatMap(([file, line, name, code]) => [
    `  File "/app/.venv/lib/python3.12/site-packages/${file}", line ${line}, in ${name}`,
    `    ${code}`,
  ]);
  return ['Traceback (most recent call last):', ...lines, raised].join('\n');
}
