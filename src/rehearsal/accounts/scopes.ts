/** Every scope that an app may ask for, in the words of the consent page. */
export const SCOPES: Readonly<Record<string, string>> = {
  "user-read-playback-state": "See what you are playing, on which device, and your devices",
  "user-modify-playback-state": "Control playback on your devices",
  "user-read-currently-playing": "See what is playing right now",
  "user-read-recently-played": "See what you played recently",
  "user-read-playback-position": "See how far you are in podcasts and audiobooks",
  "user-top-read": "See the artists and songs you play most",
  "user-library-read": "See your liked songs and saved albums, shows and episodes",
  "user-library-modify": "Add to and remove from your library",
  "user-follow-read": "See whom you follow",
  "user-follow-modify": "Follow and unfollow for you",
  "playlist-read-private": "See your private playlists",
  "playlist-read-collaborative": "See playlists you share with others",
  "playlist-modify-public": "Change your public playlists",
  "playlist-modify-private": "Change your private playlists",
  "ugc-image-upload": "Give your playlists a picture",
  "user-read-private": "See your name, your plan and your country",
  "user-read-email": "See your e-mail address",
  streaming: "Play music in this app",
  "app-remote-control": "Talk to the player on this phone",
};

/** The scopes named in a request, each once; undefined when one of them does not exist. */
export function parseScopes(text: string | null): string[] | undefined {
  const names = [...new Set((text ?? "").split(/[ +]+/).filter((name) => name !== ""))];
  return names.every((name) => Object.hasOwn(SCOPES, name)) ? names : undefined;
}
