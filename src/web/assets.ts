import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";

const files = [
  { name: "pages.css", type: "text/css; charset=utf-8" },
  { name: "icon.svg", type: "image/svg+xml" },
  { name: "upload.js", type: "text/javascript; charset=utf-8" },
] as const;
export type AssetName = (typeof files)[number]["name"];
/** Where each file is served, its content's hash in the address, so that it may be kept for ever. */
export type Assets = { paths: Record<AssetName, string>; serve(app: FastifyInstance): void };

/** A handful of small files, read once. */
export function readAssets(): Assets {
  const read = files.map(({ name, type }) => {
    const content = readFileSync(new URL(`./assets/${name}`, import.meta.url));
    const hash = createHash("sha256").update(content).digest("base64url").slice(0, 10);
    return { name, type, content, path: `/pages/${hash}/${name}` };
  });
  return {
    paths: Object.fromEntries(read.map(({ name, path }) => [name, path])) as Record<AssetName, string>,
    serve(app) {
      for (const { path, type, content } of read) {
        app.get(path, (_request, reply) =>
          reply
            .header("Content-Type", type)
            .header("Cache-Control", "public, max-age=31536000, immutable")
            .header("Cross-Origin-Resource-Policy", "same-origin")
            .send(content),
        );
      }
    },
  };
}
