// Package check looks at every letter with other people's eyes: html-validate reads
// the markup, caniemail says which mail programs lack what a letter uses, axe looks
// for what keeps people out, and Chromium shows whether all of it stays in place
// from 360 to 1200 pixels, in light and dark, with the style element removed and
// with its colours inverted. Everything stands in its tests, over every sample,
// language and variant of templates/samples.
//
// Letters that differ in words only have the same markup; what depends on markup
// alone is asked once for each. The tools are pinned in package.json and installed
// by scripts/letter-tools, Chromium is Debian's; where one is missing the test says
// so and is skipped, in CI it fails.
//
// One Chromium serves all checks; it ends with the test.
package check
