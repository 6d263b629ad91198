import { DuetPage } from '../../../../duet/duet-page';

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <DuetPage id={id} />;
}
