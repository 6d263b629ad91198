import { DuetsPage } from '../../../duet/duets-page';

export default function Page() {
  return <DuetsPage />;
}
