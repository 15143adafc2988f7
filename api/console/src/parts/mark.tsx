import { phrases } from "../phrases";

/** The product's sign and name. */
export function Mark() {
  return (
    <span class="mark">
      <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width="28" height="28" />
      {phrases.product}
    </span>
  );
}
