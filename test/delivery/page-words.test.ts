import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pageWords } from '../../src/delivery/page-words.ts';

test.each([
  [
    'an error page of nginx',
    '<html>\r\n<head><title>400 Bad Request</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<hr><center>nginx/1.25.3</center></body></html>',
    '400 Bad Request nginx/1.25.3',
  ],
  [
    'a login page',
    '<!doctype html><head><title>Sign in</title><style>p { color: red }</style></head><body><script>if (a < b) go()</script><p>with your &quot;Example&nbsp;Inc&quot; account</p></body>',
    'Sign in: with your "Example Inc" account',
  ],
  ['a comment is not read', '<body><!-- <p>old</p> -->new</body>', 'new'],
  ['a tag without an end hides the rest', '<p>seen</p><a href="', 'seen'],
  ['a script without an end hides the rest', '<p>seen</p><script>hidden', 'seen'],
  ['numbers stand for letters', '<p>a &#38; b &unknown; &#999999;</p>', 'a & b &unknown; \u{f423f}'],
  ['text that is no page is its own words', 'just text', 'just text'],
  ['nothing says nothing', '', ''],
])('%s', (_, html, words) => {
  expect(pageWords(html)).toBe(words);
});

test('any text has words, and none of a script', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (before, after) => {
      const inert = before.replaceAll('<', ' ');
      expect(pageWords(`${inert}<script>sesame</script>${after}`)).not.toContain('sesame');
      expect(typeof pageWords(before)).toBe('string');
    }),
  );
});
