// Runs in Chromium, on a blank page. checks.layout draws letters in frames of
// several widths, light and dark, and returns what is wrong, in words;
// checks.axe has axe look at them.
globalThis.checks = (() => {
  // The dark changes colours only, so that places are looked at in light.
  const frames = [
    { name: "360 light", width: 360, scheme: "light", places: true },
    { name: "360 dark", width: 360, scheme: "dark", places: false },
    { name: "600 light", width: 600, scheme: "light", places: true },
    { name: "1200 light", width: 1200, scheme: "light", places: true },
  ];
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

  function look(frame, where, places, faults) {
    const doc = frame.contentDocument;
    const view = frame.contentWindow;
    const root = doc.documentElement;
    const width = root.clientWidth;
    const fault = (text) => faults.add(`${where}: ${text}`);
    if (root.scrollWidth > width) fault(`scrolls sideways: ${root.scrollWidth} px in ${width}`);
    const pairs = new Set();
    const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let n = walker.currentNode; n; n = walker.nextNode()) {
      if (n.nodeType === Node.ELEMENT_NODE) {
        if (!places || !n.checkVisibility()) continue;
        const style = view.getComputedStyle(n);
        const box = n.getBoundingClientRect();
        if (box.width > 0 && (box.left < -slack || box.right > width + slack)) {
          fault(`<${n.localName}> reaches from ${box.left} to ${box.right} px: ${quote(n.textContent)}`);
        }
        if (style.overflowX !== "visible" && n.scrollWidth > n.clientWidth + 1 && n !== doc.body) fault(`<${n.localName}> is cut: ${quote(n.textContent)}`);
        if (n.localName === "a" && style.display === "inline-block") {
          const tops = new Set([...n.childNodes].flatMap(lines).map((r) => Math.round(r.top)));
          if (tops.size !== 1) fault(`a button has ${tops.size} lines: ${quote(n.textContent)}`);
          if (box.height < 44) fault(`a button is ${box.height} px high: ${quote(n.textContent)}`);
        }
        if (n.localName === "img" && !n.hasAttribute("alt")) fault("a picture without a text in its place");
        continue;
      }
      const parent = n.parentElement;
      if (!n.data.trim() || !parent.checkVisibility()) continue;
      for (const r of places ? lines(n) : []) {
        if (r.left < -slack || r.right > width + slack) {
          fault(`text reaches from ${r.left} to ${r.right} px: ${quote(n.data)}`);
          break;
        }
      }
      const style = view.getComputedStyle(parent);
      if (parseFloat(style.fontSize) < smallest && n.data.trim() !== "") {
        fault(`text of ${style.fontSize}: ${quote(n.data)}`);
      }
      const behind = background(view, parent);
      if (!behind) {
        fault(`half transparent behind ${quote(n.data)}`);
        continue;
      }
      const pair = JSON.stringify([style.color, behind]);
      if (pairs.has(pair)) continue;
      pairs.add(pair);
      for (const [turned, turn] of Object.entries(turns)) {
        const got = ratio(turn(parse(style.color)), turn(behind));
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

  // letters: [{name, html}]; returns faults as lines.
  async function layout(letters) {
    document.body.replaceChildren(...frames.map((f) => {
      const frame = document.createElement("iframe");
      frame.sandbox = "allow-same-origin"; // no letter's script runs
      frame.style = `border:0;height:800px;width:${f.width}px;color-scheme:${f.scheme}`;
      return frame;
    }));
    const faults = new Set();
    const drawn = [...document.body.children];
    for (const { name, html } of letters) {
      drawn.forEach((frame) => load(frame, html));
      frames.forEach((f, i) => look(drawn[i], `${name} at ${f.name}`, f.places, faults));
      if (frames.some((f, i) => f.scheme === "dark" && !drawn[i].contentWindow.matchMedia("(prefers-color-scheme: dark)").matches)) {
        faults.add("Chromium does not hand the dark scheme to a frame");
      }
      // Gmail for accounts that aren't Google's: no style element, and nobody
      // asks for the dark.
      drawn[0].contentDocument.querySelectorAll("style, meta[name*=color-scheme]").forEach((e) => e.remove());
      look(drawn[0], `${name} at ${frames[0].name} without its style element`, true, faults);
    }
    return [...faults];
  }

  // WCAG's A and AA. The landmark rules, which are best practice and not WCAG,
  // don't fit: a letter stands inside another page's main.
  const wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

  async function axeOver(letters, scheme) {
    const faults = [];
    for (const { name, html } of letters) {
      document.open();
      document.write(html);
      document.close();
      const { violations, passes } = await axe.run(document, { runOnly: wcag, resultTypes: ["violations"] });
      for (const v of violations) {
        for (const n of v.nodes) faults.push(`${name} in ${scheme}: ${v.help} (${v.id}): ${n.html.slice(0, 200)}`);
      }
      if (passes.length < 5) faults.push(`${name} in ${scheme}: axe had only ${passes.length} rules to say something about`);
    }
    return faults;
  }

  return { layout, axe: axeOver };
})();
