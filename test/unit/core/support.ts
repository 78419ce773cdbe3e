import { type Conversation, type ConversationOptions, startConversation } from "../../support/conversation.ts";
import { createDeck } from "../../support/deck.ts";
import { createScriptedAccounts, type ScriptedAccounts } from "../../support/scripted-accounts.ts";
import { createScriptedLanguage, plainWords, type Script } from "../../support/scripted-language.ts";
import { createScriptedOrchestrator, createWorld, type World } from "../../support/scripted-music.ts";

export type Talk = Conversation & { world: World; scripted(): ScriptedAccounts };

export async function talk(
  options: Partial<ConversationOptions> & {
    linked?: boolean;
    shared?: boolean;
    script?: Script;
    deck?: Parameters<typeof createDeck>[0];
  } = {},
): Promise<Talk> {
  const world = createWorld();
  let scripted: ScriptedAccounts | undefined;
  const conversation = await startConversation({
    language: createScriptedLanguage(options.script ?? plainWords),
    orchestrator: () => createScriptedOrchestrator(world, { shared: options.shared ?? false }),
    accounts: ({ events }) => {
      const fresh = createScriptedAccounts(events, { linked: options.linked ?? true });
      // Accounts are rows of their own: a restart of the bot does not lose them.
      for (const [person, needs] of scripted?.granted ?? []) fresh.granted.set(person, needs);
      scripted = fresh;
      return fresh;
    },
    only: ["account", "help"],
    extra: [createDeck(options.deck)],
    ...options,
  });
  return Object.assign(conversation, {
    world,
    scripted: () => {
      if (!scripted) throw new Error("no accounts yet");
      return scripted;
    },
  });
}
