/** The setting that says since when somebody agreed that what they hear is written down; its owner is the listener. */
export const recordingRow = "recording_since";
