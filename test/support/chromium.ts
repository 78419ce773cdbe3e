import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Debian's `chromium`; a test that needs it is not run, by name, where it is missing. */
export const hasChromium = existsSync(executablePath);
export const needsChromium = hasChromium ? "" : ` [needs chromium] (no ${executablePath})`;

/** Where pictures go for somebody to look at; none are taken when unset. */
export const pictures = process.env.SCREENSHOTS;

/** Headless, and quiet towards the network: nothing but the pages under test is asked for anything. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
