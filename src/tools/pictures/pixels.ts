/**
 * How many pixels a picture claims to have, read from its head: what unpacks it takes memory for all of them before anybody can
 * ask how large it is (30 KB of PNG for 250 MB). Undefined for what is no picture that is known here.
 */
export function pixelsOf(bytes: Uint8Array): number | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const size = sizeIn(view);
    return size && size.width * size.height;
  } catch (error) {
    // It ends before its size is told.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

type Size = { width: number; height: number };

function sizeIn(bytes: Buffer): Size | undefined {
  const mark = bytes.toString("latin1", 0, 16);
  if (mark.startsWith("\x89PNG\r\n\x1a\n")) return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (mark.startsWith("\xff\xd8")) return ofJpeg(bytes);
  if (mark.startsWith("GIF8")) return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  if (mark.startsWith("RIFF") && mark.slice(8, 12) === "WEBP") return ofWebp(bytes, mark.slice(12));
  // Drawn in the size in which it is shown: it has no pixels of its own.
  return /^(?:\xef\xbb\xbf)?\s*<(?:\?xml|!|svg)/.test(mark) ? { width: 0, height: 0 } : undefined;
}

/** The frame's header is the first segment of the kinds C0 to CF that are none of C4, C8 and CC (ITU T.81, B.1.1.3). */
function ofJpeg(bytes: Buffer): Size {
  let at = 2;
  for (;;) {
    if (bytes.readUInt8(at) !== 0xff) throw new RangeError("no segment begins here");
    const kind = bytes.readUInt8(at + 1);
    if (kind >= 0xc0 && kind <= 0xcf && kind !== 0xc4 && kind !== 0xc8 && kind !== 0xcc)
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    // Bytes that fill, and segments without a length.
    at += kind === 0xff ? 1 : kind === 0x01 || (kind >= 0xd0 && kind <= 0xd8) ? 2 : 2 + bytes.readUInt16BE(at + 2);
  }
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function ofWebp(bytes: Buffer, chunk: string): Size | undefined {
  switch (chunk) {
    case "VP8 ":
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case "VP8L": {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case "VP8X":
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}
