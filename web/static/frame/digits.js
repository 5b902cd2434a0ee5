/** What is typed into a field for a number, digits of full width (３), as Chinese input writes them, as plain ones. */
export function plainDigits(text) {
  return text.trim().replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0));
}
