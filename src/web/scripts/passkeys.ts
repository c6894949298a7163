// Passkeys: the one thing that needs a script, since only a page can have the browser ask an authenticator.
// <form data-passkey="create|get" data-options="url"> is shown where the browser knows passkeys. When it is sent, the
// options are fetched, the authenticator is asked, and its answer goes with the form. With data-autofill the browser also
// offers passkeys in the field whose autocomplete ends in "webauthn".

interface Descriptor {
  type: "public-key";
  id: string;
}
// As the shop sends them: bytes are base64url.
interface CreationOptions extends Omit<PublicKeyCredentialCreationOptions, "challenge" | "user" | "excludeCredentials"> {
  challenge: string;
  user: { id: string; name: string; displayName: string };
  excludeCredentials: Descriptor[];
}
interface RequestOptions extends Omit<PublicKeyCredentialRequestOptions, "challenge" | "allowCredentials"> {
  challenge: string;
  allowCredentials: Descriptor[];
}

const refreshMilliseconds = 4 * 60 * 1000; // A challenge is good for five minutes.
const refreshesMax = 10;

function bytesOf(text: string): ArrayBuffer {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return bytes.buffer;
}

function textOf(buffer: ArrayBuffer): string {
  let binary = "";
  for (const byte of new Uint8Array(buffer)) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const descriptorsOf = (list: Descriptor[]): PublicKeyCredentialDescriptor[] => list.map(({ type, id }) => ({ type, id: bytesOf(id) }));

// The shop's words instead of options.
class Told extends Error {}

async function fetchOptions(form: HTMLFormElement): Promise<unknown> {
  const fields = new URLSearchParams({ form_token: form.querySelector<HTMLInputElement>("[name=form_token]")?.value ?? "" });
  const answer = await fetch(form.dataset["options"] ?? "", { method: "POST", body: fields });
  const said = (await answer.json()) as { location?: string; message?: string };
  if (answer.ok) return said;
  if (said.location) location.assign(said.location);
  throw new Told(said.message ?? "");
}

async function create(form: HTMLFormElement): Promise<object> {
  const options = (await fetchOptions(form)) as CreationOptions;
  const credential = (await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytesOf(options.challenge),
      user: { ...options.user, id: bytesOf(options.user.id) },
      excludeCredentials: descriptorsOf(options.excludeCredentials),
    },
  })) as PublicKeyCredential;
  const response = credential.response as AuthenticatorAttestationResponse;
  return { clientDataJSON: textOf(response.clientDataJSON), attestationObject: textOf(response.attestationObject), id: credential.id };
}

async function get(form: HTMLFormElement, more: CredentialRequestOptions): Promise<object> {
  const options = (await fetchOptions(form)) as RequestOptions;
  const credential = (await navigator.credentials.get({
    ...more,
    publicKey: { ...options, challenge: bytesOf(options.challenge), allowCredentials: descriptorsOf(options.allowCredentials) },
  })) as PublicKeyCredential;
  const response = credential.response as AuthenticatorAssertionResponse;
  return {
    clientDataJSON: textOf(response.clientDataJSON),
    authenticatorData: textOf(response.authenticatorData),
    signature: textOf(response.signature),
    ...(response.userHandle ? { userHandle: textOf(response.userHandle) } : {}),
    id: credential.id,
  };
}

function send(form: HTMLFormElement, answer: object): void {
  const { id, ...response } = answer as { id: string };
  const field = form.querySelector<HTMLInputElement>("[name=answer]");
  if (field) field.value = JSON.stringify({ id, type: "public-key", response });
  form.submit();
}

// What waits in the background for a passkey to be chosen from a field; only one may wait at a time.
let waiting: AbortController | null = null;

async function offerInField(form: HTMLFormElement): Promise<void> {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  for (let round = 0; round < refreshesMax; round += 1) {
    const mine = new AbortController();
    waiting = mine;
    const timer = setTimeout(() => { mine.abort("refresh"); }, refreshMilliseconds);
    try {
      send(form, await get(form, { mediation: "conditional", signal: mine.signal }));
      return;
    } catch {
      if (mine.signal.reason !== "refresh") return; // The button was pressed, or there is nothing to offer.
    } finally {
      clearTimeout(timer);
    }
  }
}

async function ask(form: HTMLFormElement): Promise<void> {
  const problem = form.querySelector<HTMLElement>("[data-problem]");
  const button = form.querySelector("button");
  waiting?.abort();
  if (problem) problem.textContent = "";
  if (button) button.disabled = true;
  try {
    send(form, form.dataset["passkey"] === "create" ? await create(form) : await get(form, {}));
  } catch (error) {
    if (problem) problem.textContent = (error instanceof Told && error.message) || (problem.dataset["problem"] ?? "");
    if (button) button.disabled = false;
  }
}

if (typeof PublicKeyCredential === "function") {
  for (const note of document.querySelectorAll<HTMLElement>("[data-passkey-absent]")) note.hidden = true;
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      void ask(form);
    });
    if ("autofill" in form.dataset) void offerInField(form);
  }
}
