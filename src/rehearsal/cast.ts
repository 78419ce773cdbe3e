import type { AppSeed } from "./apps.ts";
import type { PersonSeed } from "./people.ts";

/**
 * Who stands in when nobody else is named: five people for the allowlist of the default app and one too many. Between
 * them they have every kind of device that makes a command fail.
 */
export const CAST: readonly PersonSeed[] = [
  {
    id: "mia.rehearsal",
    name: "Mia Lindqvist",
    devices: [
      { name: "Kitchen speaker", type: "Speaker", volumePercent: 40 },
      { name: "Office", type: "Computer", volumePercent: 65 },
      { name: "Mia’s phone", type: "Smartphone", volumePercent: 80 },
      { name: "Living room TV", type: "TV", volumePercent: 100, supportsVolume: false },
      { name: "Bathroom radio", type: "Speaker", restricted: true },
    ],
  },
  {
    id: "jonas.rehearsal",
    name: "Jonas Weber",
    country: "DE",
    devices: [
      { name: "Kitchen speaker", type: "Speaker", volumePercent: 30 },
      { name: "Jonas’s MacBook Pro", type: "Computer" },
      { name: "Pixel 10", type: "Smartphone", volumePercent: 70 },
    ],
  },
  {
    id: "chiyo.rehearsal",
    name: "田中 千代",
    premium: false,
    country: "JP",
    devices: [
      { name: "千代のスマホ", type: "Smartphone", volumePercent: 60 },
      { name: "Web Player (Chrome)", type: "Computer" },
    ],
  },
  {
    id: "sam.rehearsal",
    name: "Sam O’Neill",
    premium: false,
    country: "IE",
    devices: [{ name: "Sam’s laptop", type: "Computer", volumePercent: 55 }],
  },
  {
    id: "elif.rehearsal",
    name: "Elif Şahin",
    country: "TR",
    devices: [
      { name: "Echo Dot", type: "Speaker", volumePercent: 25 },
      { name: "Echo Dot (2)", type: "Speaker", volumePercent: 35 },
      { name: "Elif’s car", type: "Automobile", supportsVolume: false },
      { name: "Elif’s iPad", type: "Tablet", privateSession: true },
      { name: "Old stereo", type: "AVR", hidesId: true },
    ],
  },
  {
    id: "farid.rehearsal",
    name: "Farid Haddad",
    country: "FR",
    devices: [{ name: "Farid’s laptop", type: "Computer" }],
  },
];

/** The app that a bot without settings of its own presents itself as. The redirect is registered without a port. */
export const DEFAULT_APP: AppSeed = {
  clientId: "segue-rehearsal",
  clientSecret: "segue-rehearsal-secret",
  name: "Segue (rehearsal)",
  redirectUris: ["http://127.0.0.1/v1/spotify/auth/callback", "http://[::1]/v1/spotify/auth/callback"],
  mode: "development",
  ownerPremium: true,
};
