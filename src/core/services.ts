import type { Announcements } from "../contracts/announce.ts";
import type { OpenCompany } from "../contracts/company.ts";
import type { Diaries } from "../contracts/diaries.ts";
import type { Digests } from "../contracts/digests.ts";
import type { Erasing } from "../contracts/erasing.ts";
import type { Histories } from "../contracts/history.ts";
import type { HistoryFilesDesk } from "../contracts/history-files.ts";
import type { Place } from "../contracts/incoming.ts";
import { type ListenerKey, listenerOf } from "../contracts/listening.ts";
import type { Pictures } from "../contracts/pictures.ts";
import type { Player } from "../contracts/player.ts";
import type { Sharing } from "../contracts/sharing.ts";
import type { SkillContext, ViewContext } from "../contracts/skill.ts";
import type { Slots } from "../contracts/slots.ts";
import type { ReadStatus } from "../contracts/status.ts";
import type { Watching } from "../contracts/watching.ts";
import type { Asking } from "./asking.ts";

/** What the house has beside music and accounts, as far as a message needs it that is drawn long after it was asked for. */
export type ViewServices = {
  files: Pick<HistoryFilesDesk, "stateOf">;
  company: OpenCompany;
  announcements: Announcements;
  digests: Digests;
  pictures: Pictures;
};

/** All of it, for skills. */
export type Services = ViewServices & {
  files: HistoryFilesDesk;
  histories: Histories;
  sharing: Sharing;
  diaries: Diaries;
  slots: Slots;
  erasing: Erasing;
  watching: (listener: ListenerKey) => Watching;
  status: ReadStatus;
};

type About = { personId: string; place: Place; timeZone: string | undefined };

export function servicesForView(
  { files, company, announcements, digests, pictures }: ViewServices,
  { personId, place, timeZone }: About,
): Pick<ViewContext, "files" | "company" | "announcements" | "digests" | "pictures"> {
  return {
    files: { state: (id) => files.stateOf(personId, id) },
    company: company({ personId, place, timeZone }),
    announcements,
    digests,
    pictures,
  };
}

export function servicesForSkill(services: Services, { person, user, userName, place, local }: Asking, music: Player) {
  const { histories, sharing, diaries, slots, erasing, status } = services;
  return {
    ...servicesForView(services, { personId: person.id, place, timeZone: person.timeZone }),
    files: services.files.of({ personId: person.id, user, userName, place, local }),
    history: histories.of(music.listener),
    statistics: histories.statistics,
    rehearsal: histories.rehearsal,
    mine: histories.of(listenerOf.person(person.id)),
    sharing,
    diaries,
    slots,
    erasing,
    watching: services.watching(music.listener),
    status,
  } satisfies Partial<SkillContext>;
}
