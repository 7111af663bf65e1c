// Our mark: a cord between two jacks, one of them lit.
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden>
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        d="M9 10v5a7 7 0 0 0 14 0v-1"
        className="stroke-accent-ink"
        fill="none"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
      <circle cx="9" cy="8" r="2.8" className="fill-accent-ink" />
      <circle cx="23" cy="10.5" r="3.2" fill="#ffc861" />
    </svg>
  );
}
