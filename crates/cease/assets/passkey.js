// Passkeys: a button with data-passkey in a form asks the browser for one, puts the answer into the form and sends it.
// Without script, or where the browser has no passkeys, those buttons stay hidden and the rest of the page works.
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer ?? new ArrayBuffer(0)))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const credentials = (ids) => ids.map((id) => ({ type: "public-key", id: bytes(id) }));

  /** What the desk wants to be answered. */
  const asked = async (form, purpose) => {
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, for: purpose });
    const answer = await fetch("/passkey", { method: "POST", body });
    if (!answer.ok) throw Object.assign(new Error(), { status: answer.status });
    return answer.json();
  };

  const create = async (ask) => {
    const { response } = await navigator.credentials.create({
      publicKey: {
        challenge: bytes(ask.challenge),
        rp: { id: ask.rpId, name: ask.rpName },
        user: { ...ask.user, id: bytes(ask.user.id) },
        pubKeyCredParams: ask.algorithms.map((alg) => ({ type: "public-key", alg })),
        excludeCredentials: credentials(ask.known),
        authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
        attestation: "none",
        timeout: ask.timeout,
      },
    });
    return { client: text(response.clientDataJSON), attestation: text(response.attestationObject) };
  };

  const get = async (ask) => {
    const { rawId, response } = await navigator.credentials.get({
      publicKey: {
        challenge: bytes(ask.challenge),
        rpId: ask.rpId,
        allowCredentials: credentials(ask.known),
        userVerification: "required",
        timeout: ask.timeout,
      },
    });
    return {
      credential: text(rawId),
      client: text(response.clientDataJSON),
      data: text(response.authenticatorData),
      signature: text(response.signature),
      user: text(response.userHandle),
    };
  };

  const able = window.isSecureContext && window.PublicKeyCredential && navigator.credentials;
  for (const way of document.querySelectorAll("[data-passkeys-at]")) {
    const button = way.querySelector("[data-passkey]");
    const says = way.querySelector("[role=alert]");
    const form = button.form;
    const say = (words) => {
      says.hidden = !words;
      says.textContent = words ?? "";
    };
    way.hidden = false;
    if (!able) {
      way.querySelector("[data-unable]").hidden = false;
      continue;
    }
    if (location.origin !== way.dataset.passkeysAt) {
      way.querySelector("[data-elsewhere]").hidden = false;
      continue;
    }
    button.hidden = false;
    form.addEventListener("submit", async (event) => {
      if (event.submitter !== button) return;
      event.preventDefault();
      if (button.getAttribute("aria-disabled") === "true") return;
      button.setAttribute("aria-disabled", "true");
      say();
      try {
        const purpose = button.dataset.passkey;
        const ask = await asked(form, purpose);
        const answer = await (purpose === "add" ? create(ask) : get(ask));
        for (const [name, value] of Object.entries(answer)) {
          const input = form.elements[name] ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
          input.value = value;
        }
        form.submit();
      } catch (error) {
        button.removeAttribute("aria-disabled");
        // The page has grown too old, or they must show first who they are: it says so itself when it is opened anew.
        if (error.status === 403) location.reload();
        else if (error.status === 429) say(says.dataset.often);
        else if (error.name === "InvalidStateError") say(says.dataset.there);
        else if (error.name === "NotAllowedError" || error.name === "AbortError") say(says.dataset.stopped);
        else say(says.dataset.failed);
        button.focus();
      }
    });
  }
})();
