// A plain HTTP client: says what came back, follows nothing, hides nothing. Takes bodies that no well-behaved client sends.

import http from "node:http";

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });

// `json` and `form` are bodies; `body` is bytes or text as they are. Rejects only if there is no answer.
export function send(url, { method, headers = {}, body, json, form, timeout = 60_000 } = {}) {
  const all = { ...headers };
  let bytes = body;
  if (json !== undefined) {
    bytes = JSON.stringify(json);
    all["content-type"] ??= "application/json";
  } else if (form !== undefined) {
    bytes = new URLSearchParams(form).toString();
    all["content-type"] ??= "application/x-www-form-urlencoded";
  }
  if (bytes !== undefined) all["content-length"] = Buffer.byteLength(bytes);
  return new Promise((resolve, reject) => {
    const options = { method: method ?? (bytes === undefined ? "GET" : "POST"), headers: all, agent, family: 4, timeout };
    const request = http.request(url, options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        if (!response.complete) return reject(new Error("the answer was cut off"));
        resolve(new Answer(response.statusCode, response.headers, Buffer.concat(chunks)));
      });
    });
    request.on("timeout", () => request.destroy(new Error(`no answer from ${url} in ${timeout} ms`)));
    request.on("error", reject);
    request.end(bytes);
  });
}

class Answer {
  constructor(status, headers, bytes) {
    this.status = status;
    this.headers = headers;
    this.bytes = bytes;
  }
  get text() {
    return this.bytes.toString("utf8");
  }
  get json() {
    return JSON.parse(this.text);
  }
  get cookies() {
    return this.headers["set-cookie"] ?? [];
  }
}

// A browser without a screen: keeps its cart cookie, and sends forms from the shop's own pages.
export class Shopper {
  constructor(shop, prefix = "") {
    this.origin = shop.url;
    this.base = shop.url + prefix;
    this.cookies = new Map();
  }
  async get(path) {
    return this.#keep(await send(this.base + path, { headers: this.#headers() }));
  }
  async post(path, form) {
    return this.#keep(await send(this.base + path, { form, headers: { ...this.#headers(), origin: this.origin } }));
  }
  #headers() {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return cookie ? { cookie } : {};
  }
  #keep(answer) {
    for (const line of answer.cookies) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.cookies.set(name, value);
    }
    return answer;
  }
}
