// Counts of the last thirty days in one strip, above the records that they are of.
import { useQuery } from "@tanstack/react-query";

type Span = { from: string; to: string };

export function Tally<Counts>(props: {
  title: string;
  queryKey: string;
  load: (span: Span) => Promise<Counts>;
  of: readonly { name: string; count: (counts: Counts) => number; bad?: boolean }[];
}) {
  const found = useQuery({ queryKey: [props.queryKey], queryFn: () => props.load(lastDays(30)) });
  if (!found.data) return null;
  const counts = found.data;
  return (
    <section aria-label={props.title}>
      <p className="mb-1 text-sm text-ink-soft">{props.title}</p>
      <dl className="panel flex flex-wrap gap-px overflow-hidden bg-line">
        {props.of.map(({ name, count, bad }) => (
          <div key={name} className="min-w-28 flex-1 bg-surface px-4 py-2.5">
            <dt className="text-xs text-ink-faint">{name}</dt>
            <dd
              className={`digits text-lg font-semibold ${bad && count(counts) > 0 ? "text-bad" : ""}`}
            >
              {count(counts)}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function lastDays(days: number): Span {
  const to = new Date();
  return {
    from: new Date(to.getTime() - days * 24 * 3_600_000).toISOString(),
    to: to.toISOString(),
  };
}
