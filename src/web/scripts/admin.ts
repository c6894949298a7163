// The admin portal's one module: small things on top of pages that work without it.

// What must not be done twice by a nervous finger: a form is sent once, and its buttons wait. Coming back to the page
// by the browser's history sets them free.
function sendOnce(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post") return;
    if (form.dataset["sent"]) {
      event.preventDefault();
      return;
    }
    form.dataset["sent"] = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset["sent"];
  });
}

sendOnce();
