import { expect, it } from "vitest";
import { expectItems, hostile, offered, type Tools } from "./provider-world.ts";

/** Queue, devices, library, playlists, single things and the past: all that a provider may offer or not. */
export function collectionTests({ world, session, settle, refusal, state, start, feature }: Tools): void {
  feature("queue", "queue", () => {
    const queue = () => offered(session().queue);

    it("plays what was added before the rest of the context", async () => {
      const first = await start();
      const [added] = world().known.others;
      await settle(queue().add(added));
      const shown = await settle(queue().show());
      expect(shown.current?.uri).toBe(first.item?.uri);
      expect(shown.next[0]?.uri).toBe(added);
      await settle(session().next());
      expect((await state()).item?.uri).toBe(added);
      await settle(session().next());
      expect((await state()).item?.uri).toBe(world().known.context.tracks[1]);
    });

    it("refuses what cannot be queued", async () => {
      await start();
      for (const uri of [world().known.context.uri, ...hostile.map((each) => each.text)])
        expect(["InvalidInput", "Restricted", "NotFound"]).toContain((await refusal(queue().add(uri))).code);
    });

    feature("queue.edit", "of one's own", () => {
      const edit = () => offered(queue().edit);
      const next = async () => (await settle(queue().show())).next.map((item) => item.uri);

      it("takes several at once, next and last", async () => {
        await start();
        const [one, two] = world().known.others;
        await settle(edit().insert([two], "last"));
        await settle(edit().insert([one, two], "next"));
        const uris = await next();
        expect(uris.slice(0, 2)).toEqual([one, two]);
        expect(uris.indexOf(two, 2)).toBeGreaterThan(1);
      });

      it("takes all of them or none", async () => {
        await start();
        const before = await next();
        await refusal(edit().insert([world().known.others[0], world().known.missing], "next"));
        expect(await next()).toEqual(before);
      });

      it("is moved in, taken from and emptied, while what plays goes on", async () => {
        const playing = await start();
        const [one, two] = world().known.others;
        await settle(edit().insert([one, two], "next"));
        await settle(edit().move(1, 0));
        expect((await next()).slice(0, 2)).toEqual([two, one]);
        await settle(edit().remove(0));
        expect((await next())[0]).toBe(one);
        expect((await refusal(edit().remove(99))).code).toBe("InvalidInput");
        await settle(edit().clear());
        expect(await next()).toEqual([]);
        expect((await state()).item?.uri).toBe(playing.item?.uri);
      });

      it("moves and removes what comes after the queued ones too", async () => {
        await start();
        const before = await next();
        await settle(edit().move(before.length - 1, 0));
        expect(await next()).toEqual([before.at(-1), ...before.slice(0, -1)]);
        await settle(edit().remove(0));
        expect(await next()).toEqual(before.slice(0, -1));
      });

      it("touches nothing where another thing stands by now", async () => {
        await start();
        const [one, two] = world().known.others;
        await settle(edit().insert([one, two], "next"));
        const before = await next();
        for (const work of [edit().remove(0, { uri: two }), edit().move(0, 1, { uri: two })])
          expect(await refusal(work)).toMatchObject({ code: "NotFound", details: { what: "queue_item" } });
        expect(await next()).toEqual(before);
        await settle(edit().remove(1, { uri: two }));
        expect((await next())[0]).toBe(one);
      });
    });
  });

  feature("devices", "devices", () => {
    it("are listed, at most one of them active", async () => {
      await start();
      const devices = await settle(offered(session().devices?.()));
      expect(devices.length).toBeGreaterThan(0);
      expect(devices.filter((device) => device.active)).toHaveLength(1);
      for (const device of devices) {
        expect(device.name).not.toBe("");
        expect(device.kind).toBe(device.kind.toLowerCase());
        if (device.volume !== undefined) expect(device.volume).toBeLessThanOrEqual(100);
        if (!device.hasVolume) expect(device.volume).toBeUndefined();
      }
    });

    it("refuses a device that is not there", async () => {
      await start();
      expect((await refusal(session().pause({ deviceId: "no-such-device" }))).code).toBe("NotFound");
    });
  });

  feature("transfer", "transfer", () => {
    it("moves the music, which plays on", async () => {
      const before = await start();
      const target = world().otherDeviceId ?? "";
      await settle(offered(session().transfer?.(target)));
      const moved = await state();
      expect(moved.device).toMatchObject({ id: target, active: true });
      expect(moved.playing).toBe(true);
      expect(moved.item?.uri).toBe(before.item?.uri);
    });

    it("moves paused music without starting it, and starts it when asked", async () => {
      await start();
      await settle(session().pause());
      await settle(offered(session().transfer?.(world().otherDeviceId ?? "")));
      expect(await state()).toMatchObject({ playing: false, device: { id: world().otherDeviceId } });
      await settle(offered(session().transfer?.(world().deviceId ?? "", { play: true })));
      expect(await state()).toMatchObject({ playing: true, device: { id: world().deviceId } });
    });

    it("refuses a device that is not there", async () => {
      await start();
      expect((await refusal(offered(session().transfer?.("no-such-device")))).code).toBe("NotFound");
    });
  });

  feature("library", "library", () => {
    const library = () => offered(session().library);

    it("saves, tells in the order asked, and removes, each as often as one likes", async () => {
      const [one, two] = world().known.others;
      await settle(library().remove([one, two]));
      await settle(library().save([two]));
      await settle(library().save([two]));
      expect(await settle(library().contains([one, two, one]))).toEqual([false, true, false]);
      await settle(library().remove([two]));
      await settle(library().remove([two]));
      expect(await settle(library().contains([two]))).toEqual([false]);
    });

    it("lists liked tracks newest first, in pages", async () => {
      const [one] = world().known.others;
      await settle(library().remove([one]));
      const before = await settle(library().likedTracks({ limit: 1 }));
      await world().pass(2000);
      await settle(library().save([one]));
      const { tracks, total } = await settle(library().likedTracks({ limit: 3 }));
      expect(total).toBe(before.total + 1);
      expect(tracks[0]?.uri).toBe(one);
      expect((await settle(library().likedTracks({ limit: 2, offset: 1 }))).tracks[0]?.uri).toBe(tracks[1]?.uri);
      expectItems(tracks);
    });

    it("takes nothing as nothing, and more than one call holds", async () => {
      expect(await settle(library().contains([]))).toEqual([]);
      const many = Array.from({ length: 95 }, (_, n) =>
        n % 2 === 0 ? world().known.others[0] : world().known.others[1],
      );
      await settle(library().save(many));
      expect(await settle(library().contains(many))).toEqual(many.map(() => true));
    });

    it.each(hostile)("does not take $what for something to save", async ({ text }) => {
      for (const attempt of [library().save([text]), library().remove([text]), library().contains([text])])
        expect((await refusal(attempt)).code).toBe("InvalidInput");
    });

    feature("library.topTracks", "most played", () => {
      it("is told for each range", async () => {
        for (const range of ["month", "half_year", "year"] as const) {
          const top = await settle(offered(library().topTracks?.({ range, limit: 5 })));
          expect(top.length).toBeLessThanOrEqual(5);
          expectItems(top);
        }
      });
    });
  });

  feature("playlists", "playlists", () => {
    const playlists = () => offered(session().playlists);

    it("makes, names, fills, orders, empties and drops one", async () => {
      const made = await settle(playlists().create({ name: "Contract", public: false, description: "For a test" }));
      expect(made).toMatchObject({ type: "playlist", name: "Contract", own: true });
      const listed = await settle(playlists().list());
      expect(listed.find((playlist) => playlist.uri === made.uri)).toMatchObject({ name: "Contract", own: true });

      // Where a list is known by its name alone, another name is another uri.
      const { uri } = await settle(playlists().rename(made.uri, "Contract, renamed"));
      const [one = "", two = "", three = ""] = world().known.context.tracks;
      await settle(playlists().add(uri, [one, three]));
      await settle(playlists().add(uri, [two], { position: 1 }));
      const uris = async () => (await settle(playlists().items(uri))).items.map((item) => item.uri);
      expect(await uris()).toEqual([one, two, three]);
      await settle(playlists().reorder(uri, { from: 0, to: 2 }));
      expect(await uris()).toEqual([two, three, one]);
      await settle(playlists().reorder(uri, { from: 2, to: 0 }));
      expect(await uris()).toEqual([one, two, three]);
      await settle(playlists().remove(uri, [two]));
      expect(await uris()).toEqual([one, three]);
      expect((await settle(playlists().items(uri, { limit: 1, offset: 1 }))).items.map((item) => item.uri)).toEqual([
        three,
      ]);

      const renamed = (await settle(playlists().list())).find((playlist) => playlist.uri === uri);
      expect(renamed).toMatchObject({ name: "Contract, renamed", trackCount: 2 });
      await settle(playlists().unfollow(uri));
      expect((await settle(playlists().list())).some((playlist) => playlist.uri === uri)).toBe(false);
      await settle(playlists().follow(uri));
      expect((await settle(playlists().list())).some((playlist) => playlist.uri === uri)).toBe(true);
    });

    it("is another list than one that takes its old name", async () => {
      const made = await settle(playlists().create({ name: "First", public: false }));
      const { uri } = await settle(playlists().rename(made.uri, "Second"));
      const again = await settle(playlists().create({ name: "First", public: false }));
      const [one, two] = world().known.others;
      await settle(playlists().add(again.uri, [one]));
      await settle(playlists().add(uri, [two]));
      const uris = async (list: string) => (await settle(playlists().items(list))).items.map((item) => item.uri);
      expect([await uris(again.uri), await uris(uri)]).toEqual([[one], [two]]);
      const named = (await settle(playlists().list())).filter(({ name }) => ["First", "Second"].includes(name));
      expect(new Map(named.map((list) => [list.uri, list.name]))).toEqual(
        new Map([
          [again.uri, "First"],
          [uri, "Second"],
        ]),
      );
    });

    it("adds more than one call holds, in order", async () => {
      const made = await settle(playlists().create({ name: "Long", public: false }));
      const many = Array.from({ length: 130 }, (_, n) => world().known.context.tracks[n % 3] ?? "");
      await settle(playlists().add(made.uri, many, { position: 0 }));
      const { items, total } = await settle(playlists().items(made.uri, { limit: 200 }));
      expect(total).toBe(130);
      expect(items.map((item) => item.uri)).toEqual(many);
    });

    it("refuses a name that is none, and a playlist that is not there", async () => {
      expect((await refusal(playlists().create({ name: " \n ", public: false }))).code).toBe("InvalidInput");
      expect((await refusal(playlists().items(world().known.track))).code).toBe("InvalidInput");
      expect((await refusal(playlists().reorder(world().known.context.uri, { from: -1, to: 0 }))).code).toBe(
        "InvalidInput",
      );
    });

    it.each(hostile)("bears a playlist called by $what", async ({ text }) => {
      const made = await settle(playlists().create({ name: text, public: false, description: text }));
      expect(made.name).not.toBe("");
      expect(made.own).toBe(true);
      expect((await refusal(playlists().add(made.uri, [text]))).code).toBe("InvalidInput");
      expect((await refusal(playlists().rename(text, "x"))).code).toBe("InvalidInput");
    });
  });

  feature("lookup", "lookup", () => {
    it("gives the thing that was named", async () => {
      const track = await settle(offered(session().lookup?.(world().known.track)));
      expect(track).toMatchObject({ type: "track", uri: world().known.track });
      const context = await settle(offered(session().lookup?.(world().known.context.uri)));
      expect(context).toMatchObject({ type: world().known.context.type, uri: world().known.context.uri });
      expectItems([track, context]);
    });

    it("says that something is not there, and that something is no name", async () => {
      expect((await refusal(offered(session().lookup?.(world().known.missing)))).code).toBe("NotFound");
      for (const { text } of hostile)
        expect((await refusal(offered(session().lookup?.(text)))).code).toBe("InvalidInput");
    });

    feature("publicLookup", "on nobody's behalf", () => {
      it("gives the same", async () => {
        const track = await settle(offered(world().provider.publicLookup?.(world().known.track)));
        expect(track).toMatchObject({ type: "track", uri: world().known.track });
      });
    });
  });

  feature("albumTracks", "an album's tracks", () => {
    it("come in order, each with its album", async () => {
      const tracks = await settle(offered(session().albumTracks?.(world().known.context.uri)));
      expect(tracks.slice(0, world().known.context.tracks.length).map((track) => track.uri)).toEqual(
        world().known.context.tracks,
      );
      for (const track of tracks) expect(track.album?.uri).toBe(world().known.context.uri);
    });
  });

  feature("recentlyPlayed", "recently played", () => {
    it("comes newest first and keeps to its bounds", async () => {
      const plays = await settle(offered(session().recentlyPlayed?.({ limit: 10 })));
      expect(plays.length).toBeGreaterThan(0);
      expect(plays.length).toBeLessThanOrEqual(10);
      expect(plays.map((play) => play.playedAt)).toEqual(plays.map((play) => play.playedAt).sort((a, b) => b - a));
      const afterMs = plays[3]?.playedAt ?? 0;
      const later = await settle(offered(session().recentlyPlayed?.({ limit: 10, afterMs })));
      expect(later.every((play) => play.playedAt > afterMs)).toBe(true);
      expect(later.length).toBeGreaterThan(0);
      expect(await settle(offered(session().recentlyPlayed?.({ afterMs: world().clock.now() + 60_000 })))).toEqual([]);
    });
  });

  feature("showEpisodes", "a show's episodes", () => {
    it("come as episodes, within the limit", async () => {
      const episodes = await settle(offered(session().showEpisodes?.(world().known.show ?? "", { limit: 3 })));
      expect(episodes.length).toBeGreaterThan(0);
      expect(episodes.length).toBeLessThanOrEqual(3);
      for (const episode of episodes) expect(episode.type).toBe("episode");
      expectItems(episodes);
      expect((await refusal(offered(session().showEpisodes?.(world().known.track)))).code).toBe("InvalidInput");
    });
  });
}
