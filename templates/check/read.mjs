// Reads letters as html-validate and caniemail do. Standard input is a JSON array
// of {name, html}; standard output a JSON object {faults, gaps}: what html-validate
// objects to, and which mail programs lack which feature that a letter uses.
import { readFileSync } from "node:fs";
import { caniemail } from "caniemail";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

// What is off has its reason beside it. The rest of the two sets holds.
const rules = {
  // Gmail drops the style element for foreign accounts and on the mobile web.
  "no-inline-style": "off",
  // Word, which draws letters in Outlook for Windows, takes widths, borders and
  // background colours of tables from attributes alone.
  "no-deprecated-attr": "off",
  // Word takes the letter's width from a comment that only it reads.
  "no-conditional-comment": "off",
  // Mail programs put tbody in by themselves; in Gmail's clipped 102 KB each counts.
  "prefer-tbody": "off",
  // The title is the subject, whose 70 characters are counted as people do, not in
  // UTF-16 code units; nobody reads it but some web clients.
  "long-title": "off",
};

const clients = ["apple-mail.*", "gmail.*", "outlook.*", "samsung-email.*", "thunderbird.macos", "yahoo.*"];

const letters = JSON.parse(readFileSync(0, "utf8"));
const validator = new HtmlValidate(
  new StaticConfigLoader({ root: true, extends: ["html-validate:recommended", "html-validate:a11y"], rules }),
);
const faults = [];
const gaps = new Map();
for (const { name, html } of letters) {
  const report = await validator.validateString(html, name);
  for (const m of report.results.flatMap((r) => r.messages)) {
    faults.push(`${name}:${m.line}:${m.column}: ${m.message} (${m.ruleId})`);
  }
  const { issues } = caniemail({ clients, html });
  for (const [support, found] of [["unsupported", issues.errors], ["partial", issues.warnings]]) {
    for (const [client, list] of found) {
      for (const { title } of list) {
        const key = `${title}\n${client}\n${support}`;
        if (!gaps.has(key)) gaps.set(key, { feature: title, client, support, letter: name });
      }
    }
  }
}
process.stdout.write(JSON.stringify({ faults, gaps: [...gaps.values()] }));
