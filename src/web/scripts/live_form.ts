// Forms that answer in place. <form data-live="#target"> is sent in the background and the part of the answer that has
// the target's id takes the place of the one on the page; with data-live-change it is sent as soon as a field changes.
// A single field with data-live-change="#target" sends its form, with update=1, when it changes; the form itself is then
// an ordinary one.
// A GET form also moves the address. <a data-live="#target"> does the same for a link. Without this script the same forms
// and links load the same pages.

import { fillMine } from "./me";

// XMLHttpRequest, not fetch: it hands over a parsed document, so that no text is ever made into markup here
// (Trusted Types allow none).
function load(method: string, url: string, body: URLSearchParams | null): Promise<{ page: Document; url: string }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.responseType = "document";
    request.timeout = 15_000;
    request.onload = () => {
      const page = request.responseXML;
      if (page) resolve({ page, url: request.responseURL });
      else reject(new Error(`no page in the answer (${request.status})`));
    };
    request.onerror = request.ontimeout = () => reject(new Error("no answer"));
    request.send(body);
  });
}

interface Swap {
  target: string;
  method: "GET" | "POST";
  url: string;
  fields: URLSearchParams | null;
  giveUp: () => void; // The plain way always works, and shows what is wrong.
}

async function swap({ target, method, url, fields, giveUp }: Swap): Promise<void> {
  const old = document.querySelector(target);
  old?.setAttribute("aria-busy", "true");
  const active = document.activeElement;
  const focused = active instanceof HTMLElement ? active.id || active.getAttribute("href") : null;
  try {
    const answer = await load(method, url, fields);
    const fresh = answer.page.querySelector(target);
    if (!old || !fresh) {
      location.assign(answer.url);
      return;
    }
    const node = document.adoptNode(fresh);
    old.replaceWith(node);
    if (method === "GET") history.replaceState(null, "", url);
    if (focused) node.querySelector<HTMLElement>(`[id="${CSS.escape(focused)}"], [href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    announce(node.querySelector("[data-announce]")?.textContent ?? "");
    await fillMine();
  } catch {
    giveUp();
  }
}

function sendForm(form: HTMLFormElement, submitter: HTMLElement | null, fieldTarget?: string): Promise<void> {
  const data = new FormData(form);
  if (fieldTarget) data.set("update", "1");
  if (submitter instanceof HTMLButtonElement && submitter.name) data.set(submitter.name, submitter.value);
  const fields = new URLSearchParams();
  const isGet = form.method.toLowerCase() === "get";
  for (const [name, value] of data) if (typeof value === "string" && !(isGet && value === "")) fields.append(name, value);

  const action = new URL(submitter?.getAttribute("formaction") ?? form.action, location.href);
  if (isGet) action.search = fields.toString();
  return swap({
    target: fieldTarget ?? form.dataset["live"] ?? "",
    method: isGet ? "GET" : "POST",
    url: action.href,
    fields: isGet ? null : fields,
    giveUp: () => { form.submit(); },
  });
}

function announce(text: string): void {
  const region = document.getElementById("announcer");
  if (region) region.textContent = text.trim();
}

function liveForm(element: EventTarget | null): HTMLFormElement | null {
  return element instanceof Element ? element.closest<HTMLFormElement>("form[data-live]") : null;
}

export function liveForms(): void {
  document.addEventListener("submit", (event) => {
    const form = liveForm(event.target);
    if (!form) return;
    event.preventDefault();
    void sendForm(form, event.submitter);
  });
  document.addEventListener("change", (event) => {
    const field = event.target;
    if ((field instanceof HTMLInputElement || field instanceof HTMLSelectElement) && field.dataset["liveChange"] && field.form) {
      void sendForm(field.form, null, field.dataset["liveChange"]);
      return;
    }
    const form = liveForm(field);
    if (form && "liveChange" in form.dataset && form.checkValidity()) void sendForm(form, null);
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-live]") : null;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    void swap({
      target: link.dataset["live"] ?? "",
      method: "GET",
      url: link.href,
      fields: null,
      giveUp: () => { location.assign(link.href); },
    });
  });
}
