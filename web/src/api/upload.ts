// A file on its way to the server. `fetch` cannot tell how far it has come, so this is the one place
// that asks with XMLHttpRequest.
import { proof } from "./client";
import { isProblem, Refused } from "./problem";

type Sending = {
  method: "POST" | "PUT";
  path: string;
  /** The version that the change was made from. */
  version?: number;
  /** What of it has been sent, 0 to 1. */
  onProgress: (share: number) => void;
};

export function sendFile(file: Blob, sending: Sending): Promise<unknown> {
  const { method, path, version, onProgress } = sending;
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open(method, path);
    request.responseType = "json";
    request.setRequestHeader("Content-Type", "application/octet-stream");
    if (version !== undefined) request.setRequestHeader("If-Match", `"${version}"`);
    for (const [name, value] of proof()) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded, total }) =>
      onProgress(total ? loaded / total : 0),
    );
    request.addEventListener("error", () => fail(new Error("unreachable")));
    request.addEventListener("load", () => {
      if (request.status < 300) return done(request.response);
      const problem: unknown = request.response;
      const { status, statusText: title } = request;
      fail(new Refused(isProblem(problem) ? problem : { type: "about:blank", title, status }));
    });
    request.send(file);
  });
}
