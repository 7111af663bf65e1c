// A dialog: in the middle of the page, or as a sheet at its end for forms.
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  about?: string;
  sheet?: boolean;
  wide?: boolean;
  children: ReactNode;
};

export function Dialog({ open, onOpenChange, title, about, sheet, wide, children }: Props) {
  const { t } = useTranslation();
  const place = sheet
    ? `inset-y-0 end-0 w-full border-s ${wide ? "max-w-3xl" : "max-w-xl"}`
    : `start-1/2 top-[12vh] max-h-[76vh] w-[calc(100%-2rem)] -translate-x-1/2 rounded-2xl border
       rtl:translate-x-1/2 ${wide ? "max-w-3xl" : "max-w-lg"}`;
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <Radix.Content
          {...(about ? {} : { "aria-describedby": undefined })}
          className={`fixed z-40 flex flex-col overflow-hidden border-line bg-surface shadow-high ${place}`}
        >
          <div className="flex items-start gap-4 border-b border-line px-5 py-4">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
              {about && (
                <Radix.Description className="text-sm text-ink-soft">{about}</Radix.Description>
              )}
            </div>
            <Radix.Close
              className="rounded-md p-1 text-ink-soft hover:bg-sunken"
              aria-label={t("common.close")}
            >
              <X size={18} aria-hidden />
            </Radix.Close>
          </div>
          <div className="min-h-0 flex-1 scroll-pb-20 overflow-y-auto px-5 py-4">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
