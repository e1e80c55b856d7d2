-- Whether single keys act on a person's pages (WCAG 2.1.4): each may switch them off.
ALTER TABLE desk.officials ADD COLUMN shortcuts boolean NOT NULL DEFAULT true;
