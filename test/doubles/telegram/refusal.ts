/** An error as the Bot API answers it (https://core.telegram.org/bots/api#making-requests). */
export class Refusal extends Error {
  readonly code: number;
  readonly parameters: { retry_after?: number; migrate_to_chat_id?: number };

  constructor(code: number, description: string, parameters: Refusal["parameters"] = {}) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }

  body(): unknown {
    const some = Object.keys(this.parameters).length > 0;
    return {
      ok: false,
      error_code: this.code,
      description: this.message,
      ...(some ? { parameters: this.parameters } : {}),
    };
  }
}

export function bad(words: string): Refusal {
  return new Refusal(400, `Bad Request: ${words}`);
}

export function forbidden(words: string): Refusal {
  return new Refusal(403, `Forbidden: ${words}`);
}

export function tooMany(seconds: number): Refusal {
  return new Refusal(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });
}
