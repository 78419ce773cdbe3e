/** At most `max` UTF-16 units, as platforms count at their strictest; what is cut ends in an ellipsis and splits no character. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = text.slice(0, Math.max(0, max - 1)).replace(/[\uD800-\uDBFF]$/, "");
  return `${head.trimEnd()}…`.slice(0, max);
}
