// What is the shopper's own: public pages are the same for everybody, so it comes from one private call after load.

interface Mine {
  cart_count: number;
  cart_label: string;
  account_label: string | null;
  place: { url: string; label: string } | null;
}

export async function fillMine(): Promise<void> {
  const source = document.documentElement.dataset["me"];
  if (!source) return;
  try {
    const response = await fetch(source, { headers: { accept: "application/json" }, credentials: "same-origin" });
    if (response.ok) show((await response.json()) as Mine);
  } catch {
    // No news is fine: the cart link works without the number.
  }
}

function show(mine: Mine): void {
  for (const count of document.querySelectorAll<HTMLElement>("[data-cart-count]")) {
    count.textContent = String(mine.cart_count);
    count.hidden = mine.cart_count === 0;
  }
  for (const link of document.querySelectorAll<HTMLElement>("[data-cart-link]")) {
    link.setAttribute("aria-label", mine.cart_label);
  }
  for (const link of document.querySelectorAll<HTMLElement>("[data-account-link]")) {
    if (mine.account_label) link.textContent = mine.account_label;
  }
  const bar = document.querySelector<HTMLElement>("[data-continue]");
  if (bar && mine.place) {
    const link = bar.querySelector("a");
    if (link) {
      link.href = mine.place.url;
      link.textContent = mine.place.label;
      bar.hidden = false;
    }
  }
}
