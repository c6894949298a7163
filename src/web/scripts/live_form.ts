// Forms that answer in place. <form data-live="#target"> is sent in the background and the part of the answer that has
// the target's id takes the place of the one on the page; with data-live-change it is sent as soon as a field changes.
// A GET form also moves the address. Without this script the same forms load the same pages.

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

async function send(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
  const target = form.dataset["live"] ?? "";
  const data = new FormData(form);
  if (submitter instanceof HTMLButtonElement && submitter.name) data.set(submitter.name, submitter.value);
  const fields = new URLSearchParams();
  for (const [name, value] of data) if (typeof value === "string") fields.append(name, value);

  const isGet = form.method.toLowerCase() === "get";
  const action = new URL(submitter?.getAttribute("formaction") ?? form.action, location.href);
  if (isGet) action.search = fields.toString();

  const old = document.querySelector(target);
  old?.setAttribute("aria-busy", "true");
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.id : "";
  try {
    const answer = await load(isGet ? "GET" : "POST", action.href, isGet ? null : fields);
    const fresh = answer.page.querySelector(target);
    if (!old || !fresh) {
      location.assign(answer.url);
      return;
    }
    const node = document.adoptNode(fresh);
    old.replaceWith(node);
    if (isGet) history.replaceState(null, "", action.href);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    announce(node.querySelector("[data-announce]")?.textContent ?? "");
    await fillMine();
  } catch {
    form.submit();  // The plain way always works, and shows what is wrong.
  }
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
    void send(form, event.submitter);
  });
  document.addEventListener("change", (event) => {
    const form = liveForm(event.target);
    if (form && "liveChange" in form.dataset && form.checkValidity()) void send(form, null);
  });
}
