// Finds words that Berth's code and texts must not use (docs/adr/0018-plain-names.md).
// `node tools/lint/forbidden-words.mjs [path...]` lists them. test/meta/forbidden-words.test.ts requires that there are none.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const list = JSON.parse(readFileSync(new URL("forbidden-words.json", import.meta.url), "utf8"));

const PLACES = ["src", "test", "tools", "bench", "start", "docs", "*.md"];
/** Pages about the old names, recorded data, and the list itself. */
const EXCLUDED = [
  // Probes that a test of the linter writes for a moment.
  /^src\/[\w-]+\/lint-[\w-]+\//,
  /^docs\/adr\//,
  /^CHANGELOG\.md$/,
  /^tools\/lint\/forbidden-words\./,
  /\.generated\.ts$/,
];

const wordPattern = (words, flags) =>
  new RegExp(
    `(?<![\\w-])(${words.map((word) => word.replaceAll(" ", String.raw`\s+`)).join("|")})(?![\\w-])`,
    flags,
  );
const phrases = wordPattern(list.phrases, "gi");
/** A declared name or a member: forbidden in code, and common words in sentences. */
const names = list.identifiers.join("|");
const identifiers = new RegExp(
  `(?:(?:const|let|function|readonly|\\.|#)\\s*|[({,]\\s*)(?:${names})(?=\\s*(?:[?]?:(?!:)|=>|=[^=]|\\(|\\.|,\\s*\\w+\\s*[}:]|\\)))`,
  "g",
);

const isExcepted = (file, text) =>
  list.exceptions.some((exception) => exception.file === file && text.includes(exception.text));

/** The forbidden words and phrases. */
export const entries = [...list.identifiers, ...list.phrases];

/** The forbidden words in a text: line number, words, and the line. */
export function forbiddenWordsIn(file, text) {
  return text.split("\n").flatMap((line, index) => {
    const found = [
      ...line.matchAll(phrases),
      ...(file.endsWith(".ts") ? line.matchAll(identifiers) : []),
    ].map((match) => match[0].trim());
    return found.length === 0 || isExcepted(file, line)
      ? []
      : [{ file, line: index + 1, found, text: line.trim() }];
  });
}

/** The forbidden words in the files below some paths. @default all files of the project that people read or write */
export function forbiddenWords(paths = PLACES) {
  const files = execFileSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...paths],
    { cwd: root, encoding: "utf8" },
  )
    .split("\n")
    .filter(
      (file) => /\.(ts|mjs|md)$/.test(file) && !EXCLUDED.some((pattern) => pattern.test(file)),
    );
  return files.flatMap((file) => {
    try {
      return forbiddenWordsIn(file, readFileSync(`${root}${file}`, "utf8"));
    } catch (error) {
      // git also lists a file that is deleted in the working tree.
      if (error.code === "ENOENT") return [];
      throw error;
    }
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lines = forbiddenWords(process.argv.length > 2 ? process.argv.slice(2) : undefined);
  for (const { file, line, found: words, text } of lines)
    process.stdout.write(`${file}:${line}: ${words.join(", ")}\n    ${text.slice(0, 160)}\n`);
  process.stdout.write(`${lines.length} lines with forbidden words\n`);
  process.exitCode = lines.length === 0 ? 0 : 1;
}
