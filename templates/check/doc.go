// Package check looks at every letter with other people's eyes: html-validate reads
// the markup, caniemail says which mail programs lack what a letter uses, axe looks
// for what keeps people out, and Chromium shows whether all of it stays in place
// from 360 to 1200 pixels, in light and dark, with the style element removed and
// with its colours inverted. Everything stands in its tests, over every sample,
// language and variant of templates/samples.
//
// What depends on markup and not on words is asked once of every element, with its
// style and where it stands; places are looked at in all letters. The tools are pinned in package.json and installed
// by scripts/letter-tools, Chromium is Debian's; where one is missing the test says
// so and is skipped, in CI it fails.
//
// One Chromium serves all checks; it ends with the test.
package check
