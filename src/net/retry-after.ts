/**
 * The wait that a refusal asks for, in ms, unclamped: a day is a normal value. Seconds or a date
 * (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after). A date is read against the server's own `Date`, so that a
 * wrong clock on either side changes nothing. Undefined when absent or unreadable.
 */
export function retryAfterMs(
  value: string | undefined,
  serverDate: string | undefined,
  now: number,
): number | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  if (/^\d{1,10}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  // Only the three HTTP forms, which all begin with a day's name: Date.parse alone takes "-5" for a year.
  const at = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  const from = Date.parse(serverDate ?? "");
  return Math.max(0, at - (Number.isNaN(from) ? now : from));
}
