// An OpenID provider with one client: `node provider.js PORT REDIRECT_URI`. Whoever signs in is who they
// say, and every claim is told to whoever brings the access token, as this provider does by itself.
import Provider from "oidc-provider";

const [port, redirect] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "cordboard",
      client_secret: "told to nobody: 7 & %2B+",
      redirect_uris: [redirect],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  claims: { openid: ["sub"], profile: ["preferred_username"], email: ["email", "email_verified"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      preferred_username: id,
      email: `${id}@example.net`,
      email_verified: true,
    }),
  }),
  pkce: { required: () => true },
  cookies: { keys: ["for tests"] },
  features: { devInteractions: { enabled: true } },
});
provider.listen(Number(port), "127.0.0.1", () => console.log(`listening at ${issuer}`));
