// Checks a certificate, a receipt, a bundle or the text of a QR code, with nothing but what the browser has. It must come
// to the same verdict as `cease verify` (crates/proof), for any file: tests/browser/verify.test.mjs holds the two
// against each other, also by crates/proof/golden/verdicts.json. Used by verify.js.
"use strict";
const ceaseProof = (() => {
  // Bytes and texts.
  const utf8 = new TextEncoder();
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const join = (...parts) => {
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
    return out;
  };
  const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  /** One spelling only: null for any other. */
  const base64 = (text) => {
    try {
      const bytes = atob(text);
      return btoa(bytes) === text ? Uint8Array.from(bytes, (c) => c.charCodeAt(0)) : null;
    } catch {
      return null;
    }
  };
  const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hmac = async (secret, bytes) => {
    const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes));
  };
  // Points of the curve (RFC 8032, 5.1.3) that are not of small order: under those anything could be signed.
  const P = (1n << 255n) - 19n, D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
  const power = (base, exponent) => {
    let out = 1n;
    for (let square = base; exponent > 0n; exponent >>= 1n, square = square * square % P) {
      if (exponent & 1n) out = out * square % P;
    }
    return out;
  };
  const ORDER_EIGHT = ["05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7"];
  const SMALL = [0n, 1n, P - 1n, ...ORDER_EIGHT.map((text) => (BigInt(`0x${text}`) & (1n << 255n) - 1n) % P)];
  const sound = (point) => {
    const y = (BigInt(`0x${hex([...point].reverse())}`) & (1n << 255n) - 1n) % P;
    const square = (y * y - 1n + P) * (D * y * y + 1n) % P;
    return !SMALL.includes(y) && power(square, (P - 1n) / 2n) <= 1n;
  };
  const signed = async (key, message, signature) => {
    if (signature.length !== 64 || !sound(signature.slice(0, 32))) return false;
    try {
      const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
      return await crypto.subtle.verify("Ed25519", imported, signature, message);
    } catch {
      return false;
    }
  };
  const supported = async () => {
    try {
      // RFC 8032, 7.1, the first test.
      const key = unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
      const signature = unhex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
      return await signed(key, new Uint8Array(), signature) && !await signed(key, new Uint8Array(1), signature);
    } catch {
      return false;
    }
  };

  // Keys: name+hash+base64(algorithm || key).
  const readKey = async (text, algorithm = 1) => {
    const [, name, hash, payload] = /^([A-Za-z0-9.\-_/:]{1,100})\+([^+]*)\+(.*)$/s.exec(text) ?? [];
    const bytes = payload === undefined ? null : base64(payload);
    if (!bytes) return { wrong: true };
    const id = (await sha256(join(utf8.encode(`${name}\n`), bytes))).slice(0, 4);
    if (hex(id) !== hash) return { wrong: true };
    if (bytes[0] !== algorithm) return { algorithm: bytes[0], wrong: bytes.length === 0 };
    const fine = bytes.length === 33 && sound(bytes.slice(1));
    return fine ? { text, name, id, key: bytes.slice(1), algorithm } : { wrong: true };
  };

  class Failed extends Error {
    constructor(check, unknown) {
      super(check);
      Object.assign(this, { check, unknown });
    }
  }
  const must = (holds, check) => {
    if (!holds) throw new Failed(check);
    return holds;
  };
  /** What every reader reads alike: not too deep, numbers within bounds, no half of a letter. */
  const plain = (value, depth = 127) => {
    if (typeof value === "string") return !/\p{Surrogate}/u.test(value);
    if (typeof value === "number") return Number.isFinite(value);
    if (value === null || typeof value !== "object") return true;
    return depth > 0 && Object.entries(value).every(([name, one]) => plain(name) && plain(one, depth - 1));
  };
  const json = (text) => {
    try {
      const value = JSON.parse(text);
      return plain(value) ? value : undefined;
    } catch {
      return undefined;
    }
  };

  // Times, in milliseconds, each in its one spelling: to the second, or as exact as it is.
  const FIRST = -377705023201_000, LAST = 253402207200_999;
  const time = (text) => {
    const at = /^(\d{4}|-\d{6})-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text ?? "") ? Date.parse(text) : NaN;
    return at >= FIRST && at <= LAST && new Date(at).toISOString().replace(".000", "") === text ? at : null;
  };
  const moment = (text) => typeof text === "string" && time(text.replace(/\.\d{0,8}[1-9]Z$/, "Z")) !== null;

  // What stands in a document of each format, in its order.
  const word = (value) => typeof value === "string";
  const bytesIn = (count) => (value) => word(value) && value.length === 2 * count && /^[0-9a-f]*$/.test(value);
  const maybe = (holds) => (value) => value === null || holds(value);
  const fields = (shape) => (value) => value !== null && typeof value === "object" && !Array.isArray(value) &&
    same(Object.keys(value), Object.keys(shape)) && Object.entries(shape).every(([name, holds]) => holds(value[name]));
  const count = (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32;
  const each = (holds) => (value) => Array.isArray(value) && value.every(holds);
  const hidden = fields({ masked: word, salt: bytesIn(16), commitment: bytesIn(32) });
  const SHAPES = {
    "cease/certificate/v1": fields({
      format: word, operator: word, desk: word, reference: word, card: fields({ kind: word, number: hidden }),
      holder: maybe(hidden), declared_at: moment, received_at: moment, contract_end: moment, billing_end: maybe(moment),
      ceased_at: moment, read_back_at: moment, element: word, evidence: word,
      fees: maybe(fields({ amount: word, currency: word })), journal_head: bytesIn(32), issued_at: moment,
    }),
    "cease/receipt/v1": fields({
      format: word, operator: word, desk: word, reference: word, content: bytesIn(32), declared_at: moment,
      received_at: moment, deadline: moment, issued_at: moment,
    }),
    "cease/erasure/v1": fields({
      format: word, operator: word, desk: word, case: hidden, ended: word, rule: fields({ basis: word, source: word, days: count }),
      told_at: moment, erased: each(fields({ class: word, items: count })), left: each(fields({ what: word, why: word })),
      journal_head: bytesIn(32), erased_at: moment,
    }),
  };
  const FORMATS = Object.keys(SHAPES);
  const newer = (format) => typeof format === "string" && format.startsWith("cease/") && !FORMATS.includes(format);

  // A signed document. Answers what it says and whose key it was.
  const MAX_FILE = 64 * 1024, MAX_BUNDLE = 256 * 1024;
  const openDocument = async (bytes, at = { form: "form", key: "key", signature: "signature", content: "content" }) => {
    must(bytes.length <= MAX_FILE, at.form);
    let text;
    try {
      text = strict.decode(bytes);
    } catch {
      throw new Failed(at.form);
    }
    const END = '"\n}\n', SIGNATURE = '  "signature": "', KEY = ',\n  "key": "', BEFORE = '",\n', DOCUMENT = '{\n  "document": ';
    const parts = () => {
      if (!text.endsWith(END)) return null;
      const rest = text.slice(0, -END.length), cut = rest.lastIndexOf(SIGNATURE);
      if (cut < 0 || !rest.slice(0, cut).endsWith(BEFORE)) return null;
      const body = rest.slice(0, cut), head = body.slice(0, -BEFORE.length), key = head.lastIndexOf(KEY);
      if (key < 0 || !head.startsWith(DOCUMENT) || key < DOCUMENT.length) return null;
      return { body, document: head.slice(DOCUMENT.length, key), key: head.slice(key + KEY.length), signature: rest.slice(cut + SIGNATURE.length) };
    };
    const found = parts();
    if (!found) {
      if (newer(json(text)?.document?.format)) throw new Failed(at.content, "newer");
      throw new Failed(at.form);
    }
    const format = json(found.document)?.format;
    const key = await readKey(found.key);
    if (!key.key && !key.wrong && newer(format)) throw new Failed(at.key, "newer");
    must(key.key, at.key);
    const signature = base64(found.signature);
    must(signature?.length === 64, at.signature);
    must(await signed(key.key, utf8.encode(`cease/document/v1\n${found.body}`), signature), at.signature);
    must(typeof format === "string", at.content);
    if (newer(format)) return { key, newer: true };
    const document = json(found.document);
    // The one spelling that it is written in.
    must(FORMATS.includes(format) && SHAPES[format](document), at.content);
    must(JSON.stringify({ document, key: found.key }, null, 2).slice(0, -2) + ",\n" === found.body, at.content);
    return { key, document };
  };
  const ofDocument = async (bytes, trust) => {
    const { key, document, newer: isNewer } = await openDocument(bytes);
    if (!trust.keys.includes(key.text)) throw new Failed("trust", key.name);
    if (isNewer) throw new Failed("content", "newer");
    const tenure = trust.manifest?.keys.find((one) => one.role === "certificate" && one.key.text === key.text);
    if (tenure) {
      const signedAt = Date.parse(document.issued_at ?? document.erased_at);
      // A desk signs a receipt anew whenever it is asked for: it may be from before its key.
      const at = document.format === "cease/receipt/v1" ? Math.max(signedAt, tenure.from) : signedAt;
      must(at >= tenure.from && at < tenure.until, "times");
    }
    return { document };
  };

  // Notes, manifests, the tree.
  const openNote = async (text, keys, check) => {
    must(utf8.encode(text).length <= MAX_FILE && !/[\0-\x09\x0b-\x1f]/.test(text), check);
    const end = text.lastIndexOf("\n\n");
    must(end >= 0 && text.endsWith("\n") && text.length > end + 2, check);
    const body = text.slice(0, end + 1), lines = text.slice(end + 2, -1).split("\n");
    must(lines.length <= 100, check);
    const read = lines.map((line) => {
      const [, name, payload] = /^\u2014 ([^\s+]+) (.*)$/s.exec(line) ?? [];
      const bytes = payload === undefined ? null : base64(payload);
      must(bytes?.length > 4, check);
      return { name, id: bytes.slice(0, 4), bytes: bytes.slice(4) };
    });
    const vouched = [];
    for (const { name, id, bytes } of read) {
      const key = keys.find((one) => one.name === name && same(one.id, id));
      must(key && !vouched.some((one) => one.key === key), check);
      if (key.algorithm === 1) {
        must(await signed(key.key, utf8.encode(body), bytes), check);
        vouched.push({ key });
      } else {
        const at = bytes.length === 72 ? new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) : 0n;
        must(at > 0n && at < 1n << 63n, check);
        must(await signed(key.key, utf8.encode(`cosignature/v1\ntime ${at}\n${body}`), bytes.slice(8)), check);
        vouched.push({ key, at: Number(at) * 1000 });
      }
    }
    must(vouched.length, check);
    return { body, vouched };
  };
  const number = (text) => {
    const plain = /^(0|[1-9][0-9]*)$/.test(text ?? "");
    return plain && BigInt(text) < 1n << 63n ? BigInt(text) : null;
  };
  const readManifest = async (text) => {
    const check = "manifest";
    const end = text.lastIndexOf("\n\n");
    must(end >= 0, check);
    const lines = text.slice(0, end).split("\n");
    const field = (name) => {
      const line = lines.shift();
      must(line?.startsWith(name), check);
      return line.slice(name.length);
    };
    must(field("cease/manifest/v1") === "", check);
    const root = await readKey(field("root ")), origin = field("origin "), version = number(field("version "));
    const issued = time(field("issued ")), quorum = number(field("quorum "));
    must(root.key && origin && version !== null && issued !== null && quorum !== null, check);
    const keys = [];
    for (const line of lines) {
      const [role, key, from, until, revoked, more] = line.split(" ");
      must(["log", "certificate", "witness"].includes(role) && more === undefined, check);
      const read = await readKey(key, role === "witness" ? 4 : 1);
      const tenure = { role, from: time(from), until: time(until), revoked: revoked === "-" ? null : time(revoked), key: read };
      must(read.key && tenure.from !== null && tenure.until !== null && (revoked === "-" || tenure.revoked !== null), check);
      must(!keys.some((other) => other.key.text === key), check);
      keys.push(tenure);
    }
    must(keys.length <= 200 && keys.some((tenure) => tenure.role === "log"), check);
    await openNote(text, [root], check);
    return { root, origin, version, issued, quorum, keys };
  };
  const node = (left, right) => sha256(join(Uint8Array.of(1), left, right));
  const includes = async (index, size, leaf, root, proof) => {
    if (index >= size) return false;
    let at = index, last = size - 1n, hash = leaf;
    for (const sibling of proof) {
      if (last === 0n) return false;
      if ((at & 1n) === 1n || at === last) {
        hash = await node(sibling, hash);
        while ((at & 1n) === 0n && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
      } else {
        hash = await node(hash, sibling);
      }
      [at, last] = [at >> 1n, last >> 1n];
    }
    return last === 0n && same(hash, root);
  };

  // A bundle: the certificate with all that proves it, checked in the order of proof::log::Check.
  const HOUR = 3600_000, SLACK = 5 * 60_000;
  const readTicket = (text) => {
    const cut = text.indexOf("\n\n");
    must(cut >= 0, "checkpoint");
    const lines = text.slice(0, cut).split("\n"), note = text.slice(cut + 2);
    must(lines.shift() === "c2sp.org/tlog-proof@v1", "checkpoint");
    if (lines[0]?.startsWith("extra ")) throw new Failed(base64(lines[0].slice(6)) ? "form" : "checkpoint");
    const index = number(/^index (.*)$/.exec(lines.shift() ?? "")?.[1]);
    const path = lines.map((line) => base64(line));
    must(index !== null && path.length <= 63 && path.every((hash) => hash?.length === 32), "checkpoint");
    return { index, path, note };
  };
  const good = (newest, role, key, used, anchor) => {
    const tenure = newest.keys.find((one) => one.role === role && one.key.text === key.text);
    if (!tenure) return false;
    if (tenure.revoked !== null && !(anchor !== null && anchor < tenure.revoked)) return false;
    return used >= tenure.from && used < tenure.until;
  };
  const ofBundle = async (bytes, trust, now) => {
    let file;
    try {
      file = bytes.length <= MAX_BUNDLE ? json(strict.decode(bytes)) : undefined;
    } catch {
      file = undefined;
    }
    const fields = ["format", "certificate", "key", "leaf", "proof", "manifest"];
    const shaped = file && Object.keys(file).join() === fields.join() && fields.every((name) => typeof file[name] === "string");
    must(shaped && file.format === "cease/bundle/v1" && base64(file.key)?.length === 32, "form");
    must(same(utf8.encode(`${JSON.stringify(file, null, 2)}\n`), bytes), "form");

    const manifest = await readManifest(file.manifest);
    const leaf = /^cancel\/v1\n(.*)\n(.*)\n(.*)\n$/.exec(file.leaf);
    const hour = leaf && time(leaf[2]), commitment = leaf && base64(leaf[3]);
    must(leaf?.[1] === "effected" && hour !== null && hour % HOUR === 0 && commitment?.length === 32, "leaf");
    must(same(await hmac(base64(file.key), utf8.encode(file.certificate)), commitment), "commitment");

    const ticket = readTicket(file.proof);
    const of = (role) => manifest.keys.filter((tenure) => tenure.role === role).map((tenure) => tenure.key);
    const head = ticket.note.slice(0, Math.max(0, ticket.note.lastIndexOf("\n\n"))).split("\n");
    const size = number(head[1]), root = base64(head[2] ?? "");
    must(head.length === 3 && head[0] === manifest.origin && size !== null && root?.length === 32, "checkpoint");
    const { vouched } = await openNote(ticket.note, [...of("log"), ...of("witness")], "checkpoint");
    must(vouched.some((one) => one.key.algorithm === 1), "checkpoint");
    const hash = await sha256(join(Uint8Array.of(0), utf8.encode(file.leaf)));
    must(await includes(ticket.index, size, hash, root, ticket.path), "inclusion");

    const all = { form: "certificate", key: "certificate", signature: "certificate", content: "certificate" };
    const { key, document, newer: isNewer } = await openDocument(utf8.encode(file.certificate), all);
    must(of("certificate").some((one) => one.text === key.text), "certificate-key");
    if (isNewer) throw new Failed("certificate", "newer");
    must(document.format === FORMATS[0], "certificate");

    const known = trust.manifest;
    const newest = known && known.root.text === manifest.root.text && known.version >= manifest.version ? known : manifest;
    const by = [];
    for (const { key: witness, at } of vouched) {
      const tenure = at !== undefined && newest.keys.find((one) => one.role === "witness" && one.key.text === witness.text);
      if (!tenure) continue;
      must(at <= LAST, "times");
      if (by.some((other) => other.name === witness.name)) continue;
      if (tenure.from <= at && at < tenure.until && (tenure.revoked === null || at < tenure.revoked)) by.push({ name: witness.name, at });
    }
    by.sort((a, b) => a.at - b.at);
    const issued = Date.parse(document.issued_at);
    // An old manifest with a smaller quorum is no way round the one in force.
    const want = Number(issued >= newest.issued ? newest.quorum : manifest.quorum);
    const anchor = want > 0 && by.length >= want ? by[want - 1].at : null;
    must(good(newest, "certificate", key, issued, anchor), "certificate-key");
    const logKeys = vouched.filter((one) => one.at === undefined).map((one) => one.key);
    const used = (one) => anchor ?? Math.max(hour, newest.keys.find((t) => t.key.text === one.text)?.from ?? 0);
    must(logKeys.some((one) => good(newest, "log", one, used(one), anchor)), "log-key");

    const latest = now + SLACK;
    must(issued <= latest && hour <= latest && manifest.issued <= latest, "times");
    must(hour >= Math.floor(issued / HOUR) * HOUR && hour <= issued + HOUR, "times");
    const seen = want === 0 ? [] : by;
    must(seen.every((one) => one.at <= latest && one.at >= hour - SLACK), "times");
    if (!trust.roots.includes(manifest.root.text)) throw new Failed("trust", manifest.root.name);
    return { document, proven: { index: ticket.index + 1n, size, names: anchor === null ? [] : by.map((one) => one.name) } };
  };

  // The text of a QR code (crates/proof/src/code.rs).
  const DICTIONARY = "{\n  \"format\": \"cease/bundle/v1\",\n  \"certificate\": \"{\\n  \\\"document\\\": {\\n    \\\"format\\\": \\\"cease/certificate/v1\\\",\\n    \\\"operator\\\": \\\"\\\",\\n    \\\"desk\\\": \\\"https://\\\",\\n    \\\"reference\\\": \\\"\\\",\\n    \\\"card\\\": {\\n      \\\"kind\\\": \\\"iccid\\\",\\n      \\\"number\\\": {\\n        \\\"masked\\\": \\\"•••••••••••••••\\\",\\n        \\\"salt\\\": \\\"\\\",\\n        \\\"commitment\\\": \\\"\\\"\\n      }\\n    },\\n    \\\"holder\\\": null,{\\n      \\\"masked\\\": \\\"\\\",\\n      \\\"salt\\\": \\\"\\\",\\n      \\\"commitment\\\": \\\"\\\"\\n    },\\n    \\\"declared_at\\\": \\\"2026-11-26T04:00:00.000Z\\\",\\n    \\\"received_at\\\": \\\"2026-11-26T04:00:00.000Z\\\",\\n    \\\"contract_end\\\": \\\"2026-11-26T04:00:00.000Z\\\",\\n    \\\"billing_end\\\": \\\"2026-11-26T04:00:00.000Z\\\",\\n    \\\"ceased_at\\\": \\\"2026-11-26T04:00:00.000Z\\\",\\n    \\\"read_back_at\\\": \\\"2026-11-26T04:00:00.000Z\\\",\\n    \\\"element\\\": \\\"inventory\\\",\\n    \\\"evidence\\\": \\\"state=ceased\\\",\\n    \\\"fees\\\": {\\n      \\\"amount\\\": \\\"0.00\\\",\\n      \\\"currency\\\": \\\"\\\"\\n    },\\n    \\\"journal_head\\\": \\\"\\\",\\n    \\\"issued_at\\\": \\\"2026-11-26T04:00:00.000Z\\\"\\n  },\\n  \\\"key\\\": \\\"desk.\\\",\\n  \\\"signature\\\": \\\"\\\"\\n}\\n\",\n  \"key\": \"\",\n  \"leaf\": \"cancel/v1\\neffected\\n2026-11-26T04:00:00Z\\n\",\n  \"proof\": \"c2sp.org/tlog-proof@v1\\nindex \\n\\n//log\\n\\n\\n— /log \\n—  \\n—  \\n\",\n  \"manifest\": \"cease/manifest/v1\\nroot desk.\\norigin /log\\nversion 3\\nissued 2026-02-01T00:00:00Z\\nquorum 2\\nlog desk. 2026-01-01T00:00:00Z 2028-01-01T00:00:00Z -\\ncertificate desk. 2026-01-01T00:00:00Z 2028-01-01T00:00:00Z -\\nwitness witness-1. 2026-01-01T00:00:00Z 2028-01-01T00:00:00Z -\\nwitness witness-2. 2026-01-01T00:00:00Z 2028-01-01T00:00:00Z -\\nwitness witness-3. 2026-01-01T00:00:00Z 2028-01-01T00:00:00Z -\\n\\n— /root \\n\"\n}";
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const unbase32 = (text) => {
    const out = [];
    let held = 0, bits = 0;
    for (const letter of text) {
      const value = ALPHABET.indexOf(letter);
      if (value < 0) return null;
      held = (held << 5 | value) & 0xfff;
      bits += 5;
      if (bits >= 8) out.push(held >> (bits -= 8) & 255);
    }
    return bits < 5 && (held & (1 << bits) - 1) === 0 ? Uint8Array.from(out) : null;
  };
  const inflate = async (bytes, most) => {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    let out = new Uint8Array();
    for (;;) {
      const { done, value } = await stream.read();
      if (done) return out;
      out = join(out, value);
      if (out.length > most) throw new Error("too long");
    }
  };
  const codeIn = (text) => {
    const trimmed = text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
    const code = trimmed.split("#").pop();
    return utf8.encode(trimmed).length <= 16 * 1024 && code.startsWith("CEASE1-") ? code.slice(7) : null;
  };
  const readCode = async (code) => {
    const bytes = unbase32(code), dictionary = utf8.encode(DICTIONARY);
    must(bytes?.length >= 8 && same((await sha256(bytes.slice(8))).slice(0, 8), bytes.slice(0, 8)), "code");
    const length = dictionary.length;
    const head = Uint8Array.of(0, length & 255, length >> 8, ~length & 255, ~length >> 8 & 255);
    try {
      return (await inflate(join(head, dictionary, bytes.slice(8)), length + MAX_BUNDLE)).slice(length);
    } catch {
      throw new Failed("code");
    }
  };

  // Any file.
  const OF_DOCUMENT = ["form", "key", "signature", "content", "trust", "times"];
  const OF_BUNDLE = ["form", "manifest", "leaf", "commitment", "checkpoint", "inclusion", "certificate", "certificate-key", "log-key", "times", "trust"];
  const judge = async (bytes, trust, now = Date.now()) => {
    let text = "";
    try {
      text = strict.decode(bytes);
    } catch {
      // not text
    }
    const code = codeIn(text);
    const isBundle = code === null && bytes.length <= MAX_BUNDLE && word(json(text)?.format) && json(text).format.startsWith("cease/bundle/");
    const names = code !== null ? ["code", ...OF_BUNDLE] : isBundle ? OF_BUNDLE : OF_DOCUMENT;
    try {
      const found = code !== null ? await ofBundle(await readCode(code), trust, now)
        : await (isBundle ? ofBundle : ofDocument)(bytes, trust, now);
      return { verdict: "valid", checks: names.map((check) => [check, "passed"]), ...found };
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      const at = names.indexOf(error.check);
      const state = (i) => i < at ? "passed" : i > at ? "not-reached" : error.unknown ? "unknown" : "failed";
      const checks = names.map((check, i) => [check, state(i)]);
      return { verdict: error.unknown ? "cannot tell" : "not valid", checks, failed: error.check, unknown: error.unknown };
    }
  };

  return { MAX_BUNDLE, CERTIFICATE: FORMATS[0], codeIn, hex, hmac, judge, readManifest, same, supported, unhex, utf8 };
})();
