// Issuers of sign-ins that are not ours: oidc-provider and cognito-local in full, Facebook as a stand-in that was written from the
// documentation of its Graph API, since there is no independent server of it.
//
// Before each stands a front, which is the issuer as the shop sees it: it passes on what it gets, and lies when a test tells it to.

import { spawn } from "node:child_process";
import { createHmac, generateKeyPairSync, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt, decodeProtectedHeader, importJWK, SignJWT } from "jose";
import Provider from "oidc-provider";
import { send } from "./http.mjs";
import { eventually, freePorts } from "./shop.mjs";

const require = createRequire(import.meta.url);

// A JSON answer may be changed on its way: lies.token = (body, parameters) => body'. A path in `away` is answered 503.
class Front {
  constructor(port) {
    this.port = port;
    this.lies = {};
    this.away = new Set();
    this.calls = [];
  }
  get url() {
    return `http://localhost:${this.port}`;
  }

  async open(answer) {
    this.server = http.createServer((request, response) => {
      this.#serve(answer, request, response).catch((error) => response.writeHead(500).end(String(error)));
    });
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
  }
  async close() {
    this.server.closeAllConnections?.();
    await new Promise((done) => this.server.close(done));
  }

  async #serve(answer, request, response) {
    const url = new URL(request.url, this.url);
    this.calls.push(`${request.method} ${url.pathname}`);
    if (this.away.has(url.pathname)) return response.writeHead(503).end();
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const given = await answer({ method: request.method, url, headers: request.headers, body: Buffer.concat(chunks) });
    let { status = 200, headers = {}, body = "" } = given;
    const lie = this.lies[url.pathname];
    if (lie && status === 200) {
      body = JSON.stringify(await lie(JSON.parse(body)));
      headers = { ...headers, "content-length": Buffer.byteLength(body) };
    }
    response.writeHead(status, headers).end(body);
  }
}

// Passes on to a server on another port, under the front's own name.
function passingTo(port) {
  return async ({ method, url, headers, body }) => {
    const passed = await send(`http://127.0.0.1:${port}${url.pathname}${url.search}`, {
      method, headers: { ...headers, "x-forwarded-proto": "http", "x-forwarded-host": headers.host }, body: body.length > 0 ? body : undefined,
    });
    return { status: passed.status, headers: passed.headers, body: passed.bytes };
  };
}

// --- OpenID Connect, by oidc-provider.

// `people`: {login: claims}. `redirects`: addresses to come back to. `tokens`: what the token endpoint says can be changed by `forge`.
export class OidcIssuer {
  constructor(people, redirects, options = {}) {
    this.people = people;
    this.redirects = redirects;
    this.options = options;
    this.clientId = "shop";
    this.clientSecret = "a secret: with / and % in it";
  }

  async open() {
    const [port, behind] = await freePorts(2);
    this.front = new Front(port);
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    this.key = { ...privateKey.export({ format: "jwk" }), kid: "front-1", alg: "RS256", use: "sig" };
    const provider = new Provider(this.front.url, {
      clients: [{
        client_id: this.clientId, client_secret: this.clientSecret, redirect_uris: this.redirects, post_logout_redirect_uris: [],
        response_types: ["code"], grant_types: ["authorization_code"],
      }],
      claims: { openid: ["sub", "amr", "hd"], email: ["email", "email_verified"], profile: ["given_name", "family_name"] },
      conformIdTokenClaims: this.options.thin ?? false,  // True: the address comes by userinfo only.
      cookies: { keys: ["a key for tests"] },
      features: { devInteractions: { enabled: true } },
      findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: this.people[id]?.sub ?? id, ...this.people[id] }) }),
      jwks: { keys: [this.key] },
      pkce: { methods: ["S256"], required: () => true },
      ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    });
    provider.proxy = true;
    provider.on("server_error", (_context, error) => console.error(error));
    this.server = provider.listen(behind, "127.0.0.1");
    await once(this.server, "listening");
    await this.front.open(passingTo(behind));
    return this;
  }
  async close() {
    await this.front.close();
    this.server.closeAllConnections?.();
    await new Promise((done) => this.server.close(done));
  }

  // Changes every id token from now on: `change` gets claims and head, and says the new token; by default signed again by the issuer's key.
  forge(change) {
    this.front.lies["/token"] = async (body) => {
      const claims = decodeJwt(body.id_token);
      const head = decodeProtectedHeader(body.id_token);
      return { ...body, id_token: await change({ claims, head, token: body.id_token }) };
    };
  }
  async sign(claims, head = { alg: "RS256", kid: "front-1" }, key = this.key) {
    return new SignJWT(claims).setProtectedHeader(head).sign(await importJWK(key, head.alg));
  }
  honest() {
    this.front.lies = {};
    this.front.away.clear();
  }
}

// --- Amazon Cognito, by cognito-local: a user pool with its hosted page.
//
// What it lacks of Cognito's, the front adds: the endpoints in the pool's configuration, the nonce in its id tokens (signed again by
// cognito-local's own key) and the page to sign out.
export class CognitoPool {
  constructor(redirect) {
    this.redirect = redirect;
  }

  async open() {
    const [port, behind] = await freePorts(2);
    this.front = new Front(port);
    this.folder = mkdtempSync(join(tmpdir(), "osier_cognito_"));
    mkdirSync(join(this.folder, ".cognito"));
    writeFileSync(join(this.folder, ".cognito/config.json"), JSON.stringify({
      TokenConfig: { IssuerDomain: this.front.url }, ServerConfig: { port: behind, hostname: "127.0.0.1" },
    }));
    const program = require.resolve("cognito-local/lib/bin/start.js");
    this.child = spawn("setpriv", ["--pdeathsig", "TERM", process.execPath, program], { cwd: this.folder, stdio: "ignore" });
    this.api = `http://127.0.0.1:${behind}/`;
    await eventually("cognito-local answers", async () => (await send(`${this.api}health`)).status === 200);
    const pool = await this.ask("CreateUserPool", { PoolName: "shop", UsernameAttributes: ["email"] });
    this.poolId = pool.UserPool.Id;
    const client = await this.ask("CreateUserPoolClient", { UserPoolId: this.poolId, ClientName: "shop", CallbackURLs: [this.redirect] });
    this.clientId = client.UserPoolClient.ClientId;
    this.issuer = `${this.front.url}/${this.poolId}`;
    await this.front.open(this.#answer(passingTo(behind)));
    return this;
  }
  async close() {
    await this.front.close();
    this.child.kill("SIGKILL");
    await once(this.child, "exit");
    rmSync(this.folder, { recursive: true, force: true });
  }

  async ask(target, body) {
    const answer = await send(this.api, {
      body: JSON.stringify(body),
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `AWSCognitoIdentityProviderService.${target}` },
    });
    if (answer.status !== 200) throw new Error(`${target}: ${answer.text}`);
    return answer.json;
  }
  async addUser(email, password) {
    await this.ask("AdminCreateUser", {
      UserPoolId: this.poolId, Username: email, MessageAction: "SUPPRESS",
      UserAttributes: [{ Name: "email", Value: email }, { Name: "email_verified", Value: "true" }],
    });
    await this.ask("AdminSetUserPassword", { UserPoolId: this.poolId, Username: email, Password: password, Permanent: true });
  }

  #answer(pass) {
    const nonces = new Map();  // By challenge: what Cognito would keep with the code.
    const challengeOfCode = new Map();
    const json = (value) => ({ headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
    return async (request) => {
      const { url } = request;
      if (url.pathname === `/${this.poolId}/.well-known/openid-configuration`) {
        return json({
          issuer: this.issuer, jwks_uri: `${this.issuer}/.well-known/jwks.json`, response_types_supported: ["code"],
          id_token_signing_alg_values_supported: ["RS256"], authorization_endpoint: `${this.front.url}/oauth2/authorize`,
          token_endpoint: `${this.front.url}/oauth2/token`, token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        });
      }
      if (url.pathname === "/logout") {
        return { status: 302, headers: { location: url.searchParams.get("logout_uri") } };
      }
      if (url.pathname === "/oauth2/authorize" && request.method === "GET") {
        nonces.set(url.searchParams.get("code_challenge"), url.searchParams.get("nonce"));
      }
      const answer = await pass(request);
      if (url.pathname === "/oauth2/authorize" && request.method === "POST" && answer.headers.location) {
        const code = new URL(answer.headers.location).searchParams.get("code");
        challengeOfCode.set(code, new URLSearchParams(request.body.toString()).get("code_challenge"));
      }
      if (url.pathname !== "/oauth2/token" || answer.status !== 200) return answer;
      const code = new URLSearchParams(request.body.toString()).get("code");
      const body = JSON.parse(answer.body);
      const claims = { ...decodeJwt(body.id_token), nonce: nonces.get(challengeOfCode.get(code)) };
      const key = await importJWK(require("cognito-local/lib/keys/cognitoLocal.private.json").jwk, "RS256");
      body.id_token = await new SignJWT(claims).setProtectedHeader(decodeProtectedHeader(body.id_token)).sign(key);
      return json(body);
    };
  }
}

// --- Facebook: dialog, token, debug_token and me, as its documentation describes them.
export class FacebookStandIn {
  constructor(person) {
    this.person = person;
    this.appId = "4711";
    this.appSecret = "app secret";
    this.codes = new Map();
    this.tokens = new Set();
  }

  async open() {
    const [port] = await freePorts(1);
    this.front = new Front(port);
    await this.front.open(async ({ method, url, body }) => this.#answer(method, url, new URLSearchParams(body.toString())));
    return this;
  }
  async close() {
    await this.front.close();
  }

  #answer(method, url, form) {
    const json = (value, status = 200) => ({ status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
    const refused = json({ error: { message: "Invalid parameter", type: "OAuthException", code: 100 } }, 400);
    const query = url.searchParams;
    const call = url.pathname.replace(/^\/v\d+\.0/, "");
    if (call === "/dialog/oauth") {
      if (query.get("client_id") !== this.appId) return refused;
      const code = randomUUID();
      this.codes.set(code, query.get("redirect_uri"));
      const back = new URL(query.get("redirect_uri"));
      back.searchParams.set("code", code);
      back.searchParams.set("state", query.get("state"));
      const page = `<!doctype html><title>Facebook stand-in</title><a href="${back.href.replaceAll("&", "&amp;")}">Continue</a>`;
      return { headers: { "content-type": "text/html" }, body: page };
    }
    if (call === "/oauth/access_token" && method === "POST") {
      const redirect = this.codes.get(form.get("code"));
      this.codes.delete(form.get("code"));
      if (!redirect || redirect !== form.get("redirect_uri") || form.get("client_secret") !== this.appSecret) return refused;
      const token = randomUUID();
      this.tokens.add(token);
      return json({ access_token: token, token_type: "bearer", expires_in: 5_000 });
    }
    if (call === "/debug_token") {
      if (query.get("access_token") !== `${this.appId}|${this.appSecret}`) return refused;
      const is_valid = this.tokens.has(query.get("input_token"));
      return json({ data: { app_id: this.appId, type: "USER", is_valid, user_id: this.person.id, expires_at: 0, scopes: ["email"] } });
    }
    if (call === "/me") {
      const proof = createHmac("sha256", this.appSecret).update(query.get("access_token") ?? "").digest("hex");
      if (!this.tokens.has(query.get("access_token")) || query.get("appsecret_proof") !== proof) return refused;
      return json(this.person);
    }
    return refused;
  }
}
