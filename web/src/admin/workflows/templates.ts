/* oxlint-disable unicorn/no-thenable -- `then` is the API’s word for the way on */
// What a workflow may begin as. A template is whole: it can be saved as soon as a queue is chosen.
import type { Workflow } from "./steps";

export type TemplateName = "hours" | "menu" | "blank";

export const TEMPLATES: readonly TemplateName[] = ["hours", "menu", "blank"];

export function isTemplate(word: string | undefined): word is TemplateName {
  return TEMPLATES.some((one) => one === word);
}

export function fromTemplate(template: TemplateName, name: string, queues: string[]): Workflow {
  const [first = "", second = first] = queues;
  const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const message = { do: "voicemail", mailbox: { of: "queue", queue: first } } as const;
  switch (template) {
    case "hours":
      return {
        name,
        start: "opening-hours",
        steps: {
          "opening-hours": {
            do: "hours",
            time_zone,
            hours: [
              { days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00:00", to: "17:00:00" },
            ],
            closed_on: [],
            open: "answered",
            closed: "message",
          },
          answered: { do: "queue", queue: first },
          message,
        },
        order: ["opening-hours", "answered", "message"],
      };
    case "menu":
      return {
        name,
        start: "menu",
        steps: {
          menu: {
            do: "gather",
            clip: null,
            digits_min: 1,
            digits_max: 1,
            wait_ms: 5000,
            tries: 3,
            choices: { "1": "first-queue", "2": "second-queue", "9": "message" },
            into: null,
            then: "",
            otherwise: "first-queue",
          },
          "first-queue": { do: "queue", queue: first },
          "second-queue": { do: "queue", queue: second },
          message,
        },
        order: ["menu", "first-queue", "second-queue", "message"],
      };
    case "blank":
      return { name, start: "", steps: {}, order: [] };
  }
}
