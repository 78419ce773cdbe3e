import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";
import { adjusted, isKnownAnswer, withoutKnownNulls } from "./platform-differences.ts";

/**
 * Checks answers and requests against the description of the Web API. Both functions return what is wrong, one line each;
 * an empty list is what a test expects. Used for the false platform and for the provider that talks to it.
 */

type Json = { [key: string]: unknown };
export type Mode = "development" | "extended";

interface Operation {
  parameters: Parameter[];
  requestBody: { required?: boolean; content: Record<string, { schema: Json }> } | undefined;
  responses: Record<string, { content?: Record<string, { schema: Json }> }>;
}
interface Parameter {
  name: string;
  in: "query" | "path";
  required?: boolean;
  explode?: boolean;
  schema: Json & { type?: string; items?: Json };
}

interface Description {
  find(method: string, path: string): { operation: Operation; params: Record<string, string> } | undefined;
  check(schema: Json, value: unknown): string[];
}

const described = new Map<string, Description>();

/** `path` is below /v1, as in `/me/player`; `body` is undefined when there was none, a string when it was no JSON. */
export function validateResponse(
  method: string,
  path: string,
  status: number,
  body: unknown,
  mode: Mode = "development",
): string[] {
  const description = describe("spotify-web-api.yaml", mode);
  const found = description.find(method, path);
  if (status >= 400) return checkError(description, status, body);
  if (found === undefined) return [`${method} ${path} is not described, yet it answered ${status}`];
  const response = found.operation.responses[String(status)];
  if (response === undefined)
    return isKnownAnswer(method, path, status) ? [] : [`${method} ${path} is not described to answer ${status}`];
  const schema = response.content?.["application/json"]?.schema;
  if (schema === undefined) return body === undefined ? [] : emptyExpected(method, path, status);
  if (body === undefined) return [`${method} ${path}: ${status} without a body`];
  return [
    ...description.check(schema, withoutKnownNulls(path, body)),
    ...(mode === "development" ? withdrawnFields(body) : []),
  ];
}

/** `url` is absolute or below the base; `headers` in any case; `body` as sent. */
export function validateRequest(
  method: string,
  url: string,
  headers: Record<string, string | undefined>,
  body: string | undefined,
): string[] {
  const { pathname, searchParams } = new URL(url, "http://base.invalid");
  const description = describe("spotify-web-api.strict.yaml", "extended");
  const found = description.find(method, pathname.replace(/^\/v1(?=\/)/, ""));
  if (found === undefined) return [`${method} ${pathname} is no route of Development Mode`];
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const problems = /^Bearer \S+$/.test(lower.authorization ?? "") ? [] : ["no bearer token"];
  return [
    ...problems,
    ...checkQuery(description, found.operation, searchParams),
    ...checkPath(found.params),
    ...checkBody(description, found.operation, lower["content-type"], body),
  ];
}

function checkQuery(description: Description, operation: Operation, query: URLSearchParams): string[] {
  const known = operation.parameters.filter((each) => each.in === "query");
  const problems = [...query.keys()]
    .filter((name) => !known.some((each) => each.name === name))
    .map((name) => `unknown query ${name}`);
  for (const parameter of known) {
    const given = query.getAll(parameter.name);
    if (given.length > 1) problems.push(`query ${parameter.name} given twice`);
    if (given[0] === undefined) {
      if (parameter.required) problems.push(`query ${parameter.name} missing`);
    } else
      problems.push(
        ...description
          .check(parameter.schema, coerced(parameter, given[0]))
          .map((each) => `query ${parameter.name} ${each}`),
      );
  }
  return problems;
}

function checkPath(params: Record<string, string>): string[] {
  return Object.entries(params)
    .filter(([, value]) => !/^[0-9A-Za-z]{22}$/.test(value))
    .map(([name]) => `path ${name} is no id`);
}

function checkBody(
  description: Description,
  operation: Operation,
  type: string | undefined,
  body: string | undefined,
): string[] {
  const declared = operation.requestBody;
  if (body === undefined || body === "") return declared?.required ? ["body missing"] : [];
  if (declared === undefined) return ["a body where none is described"];
  const [media, content] = Object.entries(declared.content)[0] ?? [];
  if (type?.split(";")[0]?.trim() !== media) return [`content-type ${type}, not ${media}`];
  if (media !== "application/json" || content === undefined) return [];
  try {
    return description.check(content.schema, JSON.parse(body)).map((each) => `body ${each}`);
  } catch {
    return ["body is no JSON"];
  }
}

function coerced(parameter: Parameter, given: string): unknown {
  switch (parameter.schema.type) {
    case "integer":
      return /^-?\d+$/.test(given) ? Number(given) : given;
    case "boolean":
      return given === "true" ? true : given === "false" ? false : given;
    case "array":
      return given.split(",");
    default:
      return given;
  }
}

/** Any failure the description gives a shape has this one; the rest (404, 411, 5xx) is checked against the same. */
function checkError(description: Description, status: number, body: unknown): string[] {
  const schema = {
    type: "object",
    required: ["error"],
    properties: { error: { $ref: "#/components/schemas/ErrorObject" } },
  };
  const problems = description.check(schema, body);
  if (problems.length > 0) return problems;
  const said = (body as { error: { status: number } }).error.status;
  return said === status ? [] : [`the body says ${said}, the status ${status}`];
}

function emptyExpected(method: string, path: string, status: number): string[] {
  return isKnownAnswer(method, path, status) ? [] : [`${method} ${path}: ${status} is described without a body`];
}

/** Fields that Development Mode does not see any more, by the `type` of the object they were in. */
const WITHDRAWN: Readonly<Record<string, readonly string[]>> = {
  track: ["available_markets", "linked_from", "popularity"],
  album: ["album_group", "available_markets", "label", "popularity"],
  artist: ["followers", "popularity"],
  show: ["available_markets", "publisher"],
  audiobook: ["available_markets", "publisher"],
  user: ["country", "email", "explicit_content", "followers", "product"],
};

function withdrawnFields(value: unknown, at = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => withdrawnFields(each, `${at}/${index}`));
  if (typeof value !== "object" || value === null) return [];
  const object = value as Json;
  const gone = typeof object.type === "string" ? (WITHDRAWN[object.type] ?? []) : [];
  const here = gone.filter((name) => name in object).map((name) => `${at}/${name} is withdrawn from Development Mode`);
  return [...here, ...Object.entries(object).flatMap(([key, each]) => withdrawnFields(each, `${at}/${key}`))];
}

function describe(file: string, mode: Mode): Description {
  const key = `${file} ${mode}`;
  const known = described.get(key);
  if (known !== undefined) return known;
  const made = createDescription(file, mode);
  described.set(key, made);
  return made;
}

/** Every operation of the full description; 48 are marked as withdrawn. */
export function describedOperations(): { method: string; path: string; deprecated: boolean }[] {
  const { paths } = readDescription("spotify-web-api.yaml");
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, each]) => ({
      method: method.toUpperCase(),
      path,
      deprecated: (each as { deprecated?: boolean }).deprecated === true,
    })),
  );
}

interface Document {
  paths: Record<string, Json>;
  components: { schemas: Record<string, Json>; parameters: Record<string, Parameter>; responses: Json };
}

function readDescription(file: string): Document {
  return parse(readFileSync(new URL(`../fixtures/openapi/${file}`, import.meta.url), "utf8")) as Document;
}

function createDescription(file: string, mode: Mode): Description {
  const document = readDescription(file);
  const resolve = <T>(value: unknown): T => {
    const reference = (value as { $ref?: string }).$ref;
    if (reference === undefined) return value as T;
    const found = reference
      .slice(2)
      .split("/")
      .reduce<unknown>((place, part) => (place as Json)[part], document);
    return resolve<T>(found);
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => {
      const given = raw as { parameters?: unknown[]; requestBody?: unknown; responses: Json };
      const operation: Operation = {
        parameters: (given.parameters ?? []).map((each) => resolve<Parameter>(each)),
        requestBody: given.requestBody === undefined ? undefined : resolve(given.requestBody),
        responses: Object.fromEntries(Object.entries(given.responses).map(([status, each]) => [status, resolve(each)])),
      };
      return { method: method.toUpperCase(), parts: path.split("/"), operation };
    }),
  );
  operations.sort((a, b) => a.parts.filter(varies).length - b.parts.filter(varies).length);

  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    formats: { "date-time": isDateTime, int64: true, base64: true },
  });
  ajv.addSchema({
    $id: "http://description.invalid/",
    components: { schemas: asJsonSchemas(document.components.schemas, mode) },
  });
  const compiled = new Map<Json, ValidateFunction>();

  return {
    find(method, path) {
      const given = path.split("/");
      for (const each of operations) {
        if (each.method !== method || each.parts.length !== given.length) continue;
        if (!each.parts.every((part, index) => varies(part) || part === given[index])) continue;
        const params = Object.fromEntries(
          each.parts.flatMap((part, index) => (varies(part) ? [[part.slice(1, -1), given[index] ?? ""]] : [])),
        );
        return { operation: each.operation, params };
      }
      return undefined;
    },
    check(schema, value) {
      const validate = compiled.get(schema) ?? ajv.compile({ ...(plain(schema) as Json) });
      compiled.set(schema, validate);
      return validate(value)
        ? []
        : (validate.errors ?? []).map((each) => `${each.instancePath} ${each.message} ${JSON.stringify(each.params)}`);
    },
  };
}

function varies(part: string): boolean {
  return part.startsWith("{");
}

function isDateTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** The components with the platform's known differences worked in, references made absolute, `nullable` made a type. */
function asJsonSchemas(schemas: Record<string, Json>, mode: Mode): Json {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, plain(adjusted(name, schema, mode))]),
  );
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const { nullable, example, discriminator, description, ...rest } = value as Json;
  const mapped = Object.fromEntries(
    Object.entries(rest).map(([key, each]) => {
      if (key === "$ref") return [key, `http://description.invalid/${each}`];
      if (key !== "properties") return [key, plain(each)];
      // Names of properties are data: one called "description" stays.
      return [key, Object.fromEntries(Object.entries(each as Json).map(([name, inner]) => [name, plain(inner)]))];
    }),
  );
  return nullable === true ? { anyOf: [mapped, { type: "null" }] } : mapped;
}
