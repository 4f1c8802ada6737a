// Why a request brought nothing.

/** The kinds of problem that the page has words for. */
export const Kind = Object.freeze({
  OFFLINE: "offline",
  TIMEOUT: "timeout",
  KEY: "key",
  SCOPE: "scope",
  TOO_LARGE: "too-large",
  NOT_A_PICTURE: "not-a-picture",
  NOT_FOUND: "not-found",
  BUSY: "busy",
  REFUSED: "refused",
  FAULT: "fault",
});

export class Problem extends Error {
  /**
   * @param {string} kind one of `Kind`
   * @param {{detail?: string, retryAfter?: number, requestId?: string}} [more] in seconds
   */
  constructor(kind, { detail = "", retryAfter = 0, requestId = "" } = {}) {
    super(detail || kind);
    this.kind = kind;
    this.detail = detail;
    this.retryAfter = retryAfter;
    this.requestId = requestId;
  }
}

/**
 * The problem that an answer tells of.
 *
 * @param {Response} response that isn't `ok`
 */
export async function problemOf(response) {
  // A proxy in between may answer with a page of its own instead of problem details.
  const told = await response.json().catch(() => ({}));
  return new Problem(kindOf(response.status, told.type ?? ""), {
    detail: typeof told.detail === "string" ? told.detail : "",
    requestId: response.headers.get("X-Request-ID") ?? "",
    retryAfter: Number(response.headers.get("Retry-After")) || 2,
  });
}

function kindOf(status, type) {
  if (status === 401) return Kind.KEY;
  if (status === 403) return Kind.SCOPE;
  if (status === 404) return Kind.NOT_FOUND;
  if (status === 408 || status === 504) return Kind.TIMEOUT;
  if (status === 413) return Kind.TOO_LARGE;
  if (status === 415 || type.endsWith("bad-image")) return Kind.NOT_A_PICTURE;
  if (status === 429 || status === 503) return Kind.BUSY;
  return status < 500 ? Kind.REFUSED : Kind.FAULT;
}
