import { describe, expect, it } from 'vitest';
import { MachineDriver } from '../../test/support/machine-driver.ts';
import { SEGMENTATIONS } from '../../test/support/segmentation.ts';

const TO_CONTENT = 'EHLO c\r\nMAIL FROM:<alice@example.com>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n';

// The start of content is held until it is known to be no mbox line, and may be so when a fault ends the transaction.
describe.each(SEGMENTATIONS)('content with a fault in a start that is held, input $name', (segmentation) => {
  it.each(['>\nx\r\n.\r\n', 'From a\r\n>From b\r\n>\n>\r\n.\r\n', 'Fr\0\r\n.\r\n'])(
    '%j is not handed on',
    (content) => {
      const driver = new MachineDriver({ segmentation });

      driver.send(TO_CONTENT + content);

      const abandoned = driver.trace.findIndex((text) => text.startsWith('abandon'));
      expect(abandoned).toBeGreaterThan(-1);
      expect(driver.trace.slice(abandoned).filter((text) => text.startsWith('content'))).toEqual([]);
      expect(driver.replies.at(-1)).toMatch(/^550 5\.6\.0 /);
    },
  );
});
