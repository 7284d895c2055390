// Runs in Chromium, on a blank page. checks.layout draws letters in frames of
// several widths, checks.colours in light, in dark and without their style element;
// checks.axe has axe look at them. Each returns what is wrong, in words.
globalThis.checks = (() => {
  const smallest = 14; // px
  const contrast = 4.5; // WCAG 2.2 1.4.3
  const slack = 0.5; // px of rounding

  const parse = (css) => {
    const [r, g, b, a = 1] = css.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const luminance = ({ r, g, b }) => {
    const f = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const ratio = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)];
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
  };
  // What mail programs do that make a letter dark without asking it: turn each
  // colour's lightness over (HSL), or the whole picture.
  const turns = {
    "": (c) => c,
    " with lightness inverted": ({ r, g, b }) => {
      const shift = 255 - Math.max(r, g, b) - Math.min(r, g, b);
      return { r: r + shift, g: g + shift, b: b + shift };
    },
    " with colours inverted": ({ r, g, b }) => ({ r: 255 - r, g: 255 - g, b: 255 - b }),
  };

  const quote = (s) => JSON.stringify(s.trim().replace(/\s+/g, " ").slice(0, 40));

  // The boxes of a text's lines.
  function lines(node) {
    const range = node.ownerDocument.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].filter((r) => r.width > 0);
  }

  function background(view, element) {
    for (let e = element; e; e = e.parentElement) {
      const color = parse(view.getComputedStyle(e).backgroundColor);
      if (color.a === 1) return color;
      if (color.a > 0) return null; // half transparent: nothing of ours is
    }
    return { r: 255, g: 255, b: 255 };
  }

  // Where things are.
  function places(frame, where, faults) {
    const doc = frame.contentDocument;
    const view = frame.contentWindow;
    const width = doc.documentElement.clientWidth;
    const fault = (text) => faults.add(`${where}: ${text}`);
    if (doc.documentElement.scrollWidth > width) {
      fault(`scrolls sideways: ${doc.documentElement.scrollWidth} px in ${width}`);
    }
    const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let n = walker.nextNode(); n; n = walker.nextNode()) {
      if (n.nodeType === Node.TEXT_NODE) {
        if (!n.data.trim() || !n.parentElement.checkVisibility()) continue;
        const out = lines(n).find((r) => r.left < -slack || r.right > width + slack);
        if (out) fault(`text reaches from ${out.left} to ${out.right} px: ${quote(n.data)}`);
        const size = view.getComputedStyle(n.parentElement).fontSize;
        if (parseFloat(size) < smallest) fault(`text of ${size}: ${quote(n.data)}`);
        continue;
      }
      if (!n.checkVisibility()) continue;
      const style = view.getComputedStyle(n);
      const box = n.getBoundingClientRect();
      if (box.width > 0 && (box.left < -slack || box.right > width + slack)) {
        fault(`<${n.localName}> reaches from ${box.left} to ${box.right} px: ${quote(n.textContent)}`);
      }
      if (style.overflowX !== "visible" && n.scrollWidth > n.clientWidth + 1) fault(`<${n.localName}> is cut: ${quote(n.textContent)}`);
      if (n.localName === "a" && style.display === "inline-block") {
        const tops = new Set([...n.childNodes].flatMap(lines).map((r) => Math.round(r.top)));
        if (tops.size !== 1) fault(`a button has ${tops.size} lines: ${quote(n.textContent)}`);
        if (box.height < 44) fault(`a button is ${box.height} px high: ${quote(n.textContent)}`);
      }
      if (n.localName === "img" && !n.hasAttribute("alt")) fault("a picture without a text in its place");
    }
  }

  // What can be told apart.
  function contrasts(frame, where, faults) {
    const doc = frame.contentDocument;
    const view = frame.contentWindow;
    const fault = (text) => faults.add(`${where}: ${text}`);
    const pairs = new Set();
    const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
    for (let n = walker.nextNode(); n; n = walker.nextNode()) {
      if (!n.data.trim() || !n.parentElement.checkVisibility()) continue;
      const color = view.getComputedStyle(n.parentElement).color;
      const behind = background(view, n.parentElement);
      if (!behind) {
        fault(`half transparent behind ${quote(n.data)}`);
        continue;
      }
      const pair = JSON.stringify([color, behind]);
      if (pairs.has(pair)) continue;
      pairs.add(pair);
      for (const [turned, turn] of Object.entries(turns)) {
        const got = ratio(turn(parse(color)), turn(behind));
        if (got < contrast) fault(`contrast${turned} is ${got.toFixed(2)}: ${quote(n.data)}`);
      }
    }
  }

  // Writing into a frame's document takes a tenth of the time of a navigation.
  function load(frame, html) {
    const doc = frame.contentDocument;
    doc.open();
    doc.write(html);
    doc.close();
  }

  // Frames in place of what was on the page; a frame takes prefers-color-scheme
  // from its own color-scheme.
  function draw(frames) {
    document.body.replaceChildren(...frames.map(({ width, scheme }) => {
      const frame = document.createElement("iframe");
      frame.sandbox = "allow-same-origin"; // no letter's script runs
      frame.style = `border:0;height:800px;width:${width}px;color-scheme:${scheme}`;
      return frame;
    }));
    return [...document.body.children];
  }

  // letters, here and below: [{name, html}].
  function layout(letters) {
    const widths = [360, 600, 1200];
    const frames = draw(widths.map((width) => ({ width, scheme: "light" })));
    const faults = new Set();
    for (const { name, html } of letters) {
      frames.forEach((frame) => load(frame, html));
      frames.forEach((frame, i) => places(frame, `${name} at ${widths[i]}`, faults));
    }
    return [...faults];
  }

  function colours(letters) {
    const [light, dark] = draw([{ width: 360, scheme: "light" }, { width: 360, scheme: "dark" }]);
    const faults = new Set();
    for (const { name, html } of letters) {
      load(light, html);
      load(dark, html);
      contrasts(light, `${name} in light`, faults);
      contrasts(dark, `${name} in dark`, faults);
      if (!dark.contentWindow.matchMedia("(prefers-color-scheme: dark)").matches) {
        faults.add("Chromium does not hand the dark scheme to a frame");
      }
      // Gmail for accounts that aren't Google's: no style element, and nobody
      // asks for the dark.
      light.contentDocument.querySelectorAll("style, meta[name*=color-scheme]").forEach((e) => e.remove());
      contrasts(light, `${name} without its style element`, faults);
      places(light, `${name} without its style element`, faults);
    }
    return [...faults];
  }

  // WCAG's A and AA. The landmark rules, which are best practice and not WCAG,
  // don't fit: a letter stands inside another page's main.
  const wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

  // In the dark only colours are others.
  async function axeOver(letters, scheme) {
    const runOnly = scheme === "dark" ? { type: "rule", values: ["color-contrast"] } : wcag;

    const faults = [];
    for (const { name, html } of letters) {
      document.open();
      document.write(html);
      document.close();
      const { violations, passes } = await axe.run(document, { runOnly, resultTypes: ["violations"] });
      for (const v of violations) {
        for (const n of v.nodes) faults.push(`${name} in ${scheme}: ${v.help} (${v.id}): ${n.html.slice(0, 200)}`);
      }
      if (passes.length < (scheme === "dark" ? 1 : 5)) faults.push(`${name} in ${scheme}: axe had only ${passes.length} rules to say something about`);
    }
    return faults;
  }

  return { layout, colours, axe: axeOver };
})();
