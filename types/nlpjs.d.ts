// nlp.js ships no types; these are the parts that src/language uses, read off @nlpjs/nlp 4.27 and @nlpjs/core 4.26.

declare module "@nlpjs/core" {
  export interface Stemmer {
    /** Every stem that was ever asked for, by word: grows without end unless emptied. */
    cache?: Record<string, unknown>;
    tokenizeAndStem(text: string, keepStopWords?: boolean): string[];
  }
  export interface Tokenizer {
    /** Every text that was ever cut, kept for an hour. */
    cache?: unknown;
  }
  export class Container {
    use(plugin: unknown): void;
    get(name: `stemmer-${string}`): Stemmer | undefined;
    get(name: `tokenizer-${string}`): Tokenizer | undefined;
    get(name: string): unknown;
  }
  export function containerBootstrap(): Container;
}

declare module "@nlpjs/nlp" {
  import type { Container } from "@nlpjs/core";

  export interface NeuralNetworkJson {
    settings: Record<string, unknown>;
    features: readonly string[];
    intents: readonly string[];
    /** One row per intent: a weight per feature, then the bias. */
    perceptrons: readonly ArrayLike<number>[];
  }
  export interface NeuralNetwork {
    /** Activation by intent. The object is reused by the next call. */
    run(features: Record<string, number>): Record<string, number> | undefined;
    toJSON(): NeuralNetworkJson;
  }
  export interface Nlu {
    settings: Record<string, unknown>;
    neuralNetwork?: NeuralNetwork;
    cache?: { results: Record<string, unknown> };
    fromJSON(json: {
      settings: Record<string, unknown>;
      features: Record<string, number>;
      intents: Record<string, number>;
      neuralNetwork: NeuralNetworkJson;
    }): void;
  }
  export interface DomainManager {
    settings: Record<string, unknown>;
    addDomain(name: string): Nlu;
  }
  export class Nlp {
    constructor(settings: Record<string, unknown>, container?: Container);
    readonly container: Container;
    readonly ner: { settings: { threshold?: number } };
    readonly nluManager: { domainManagers: Record<string, DomainManager> };
    addLanguage(locale: string): void;
    addDocument(locale: string, utterance: string, intent: string): void;
    train(): Promise<unknown>;
    addNerRuleOptionTexts(locale: string, entity: string, option: string, texts: readonly string[]): void;
    addNerAfterLastCondition(locale: string, entity: string, condition: string): void;
    process(
      locale: string,
      utterance: string,
    ): Promise<{ intent: string; score: number; entities: readonly { entity: string; utteranceText: string }[] }>;
  }
}
