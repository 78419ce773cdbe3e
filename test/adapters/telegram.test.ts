import { createTelegramChat } from "../../adapters/telegram/index.ts";
import { type AdapterUnderTest, adapterSuite } from "../contract/adapter-suite.ts";
import { openTelegramChat } from "../doubles/telegram/chat.ts";

adapterSuite("telegram", async (): Promise<AdapterUnderTest> => {
  const { double, adapter, settled } = await openTelegramChat({}, createTelegramChat);
  const anna = double.world.addUser({ id: 42 });
  return {
    adapter,
    says: (text) => settled(double.says(anna.id, anna.id, text)),
    presses: (label) => settled(double.presses(anna.id, label).id),
    seen: async () => double.sees(anna.id),
    stop: () => double.down(),
  };
});
