import type { Invariant } from './invariant.ts';

const MONEY = `('cash', 'card_clearing', 'bank', 'write_off')`;

export const BILLING: readonly Invariant[] = [
  {
    name: 'balance_is_of_the_entries',
    meaning: 'A folio\'s balance and deposit are what its ledger entries come to.',
    needs: ['billing'],
    sql: `with sides as (
        select tenant_id, debit_folio_id as id, amount_minor as amount, case when debit_account = 'deposits' then -amount_minor else 0 end as deposit from billing.ledger_entries where debit_folio_id is not null
        union all
        select tenant_id, credit_folio_id, -amount_minor, case when credit_account = 'deposits' then amount_minor else 0 end from billing.ledger_entries where credit_folio_id is not null
      ), sums as (select tenant_id, id, sum(amount) as balance, sum(deposit) as deposit from sides group by 1, 2)
      select format('folio %s', f.id) as subject, format('balance %s and deposit %s, entries say %s and %s', f.balance_minor, f.deposit_minor, coalesce(s.balance, 0), coalesce(s.deposit, 0)) as found
        from billing.folios f left join sums s using (tenant_id, id) where f.balance_minor <> coalesce(s.balance, 0) or f.deposit_minor <> coalesce(s.deposit, 0)`,
  },
  {
    name: 'closed_folio_is_settled',
    meaning: 'A folio that is closed owes nothing and holds no deposit.',
    needs: ['billing'],
    sql: `select format('folio %s', id) as subject, format('balance %s, deposit %s', balance_minor, deposit_minor) as found
      from billing.folios where status = 'closed' and (balance_minor <> 0 or deposit_minor <> 0)`,
  },
  {
    name: 'posting_is_entered',
    meaning: 'The entries of a posting come to what it says: net, taxes and all, on its folio and in its currency.',
    needs: ['billing'],
    sql: `select format('posting %s (%s)', p.id, p.kind) as subject, format('gross %s, tax %s, taxes listed %s; entries %s, of them tax %s', p.gross_minor, p.tax_minor, t.listed, e.gross, e.tax) as found
      from billing.postings p cross join lateral (
        select coalesce(sum(amount_minor) filter (where debit_folio_id = p.folio_id), 0) - coalesce(sum(amount_minor) filter (where credit_folio_id = p.folio_id), 0) as gross,
            coalesce(sum(amount_minor) filter (where credit_account like 'tax\\_payable:%'), 0) - coalesce(sum(amount_minor) filter (where debit_account like 'tax\\_payable:%'), 0) as tax,
            count(*) filter (where property_id <> p.property_id or currency <> p.currency or business_date <> p.business_date) as strange, count(*) as entries
          from billing.ledger_entries e where e.tenant_id = p.tenant_id and e.posting_id = p.id) e
      cross join lateral (select coalesce(sum((item ->> 'amount_minor')::bigint), 0) as listed from jsonb_array_elements(p.taxes) item) t
      where e.strange > 0 or e.entries = 0 or e.gross <> p.gross_minor or e.tax <> p.tax_minor or t.listed <> p.tax_minor or p.net_minor + p.tax_minor <> p.gross_minor`,
  },
  {
    name: 'room_charged_once_a_night',
    meaning: 'A room is charged by the night audit once for each night slept, and for no other.',
    needs: ['billing'],
    sql: `with charged as (
        select tenant_id, property_id, business_date, reservation_id, count(*) as times from billing.postings
          where kind = 'charge' and charge_kind = 'room' and source = 'night_audit' group by 1, 2, 3, 4
      ), slept as (
        select a.tenant_id, a.property_id, a.business_date, r.reservation_id from billing.night_audit_rooms r join billing.night_audits a on a.tenant_id = r.tenant_id and a.id = r.audit_id where r.status = 'posted'
      )
      select format('reservation %s, night %s', reservation_id, business_date) as subject, format('charged %s times, slept %s', coalesce(c.times, 0), case when s is null then 'elsewhere' else 'here' end) as found
        from charged c full join slept s using (tenant_id, property_id, business_date, reservation_id) where s is null or c.times is distinct from 1`,
  },
  {
    name: 'one_audit_per_business_date',
    meaning: 'Every business date that is over has one completed night audit, from the first audited on.',
    needs: ['billing'],
    sql: `select format('property %s', p.id) as subject, format('%s audits of %s dates from %s to %s, the property is at %s', a.audits, a.dates, a.first, a.last, p.business_date) as found
      from billing.properties p cross join lateral (
        select count(*) as audits, count(distinct business_date) as dates, min(business_date) as first, max(business_date) as last
          from billing.night_audits a where a.tenant_id = p.tenant_id and a.property_id = p.id and a.status = 'completed') a
      where a.audits > 0 and (a.audits <> a.dates or a.last >= p.business_date or a.dates <> a.last - a.first + 1)`,
  },
  {
    name: 'audit_adds_up',
    meaning: 'The totals of a completed audit are those of its rooms and of its day in the ledger.',
    needs: ['billing'],
    sql: `select format('audit of %s at property %s', a.business_date, a.property_id) as subject, format('%s, counted %s rooms and revenue %s', a.totals, r.posted, l.revenue) as found
      from billing.night_audits a
      cross join lateral (select count(*) filter (where status = 'posted') as posted, count(*) filter (where status = 'waiting') as waiting from billing.night_audit_rooms r where r.tenant_id = a.tenant_id and r.audit_id = a.id) r
      cross join lateral (
        select coalesce(sum(amount_minor) filter (where credit_account like '%\\_revenue'), 0) - coalesce(sum(amount_minor) filter (where debit_account like '%\\_revenue'), 0) as revenue
          from billing.ledger_entries e where e.tenant_id = a.tenant_id and e.property_id = a.property_id and e.business_date = a.business_date) l
      where a.status = 'completed' and (r.waiting > 0 or (a.totals ->> 'rooms')::bigint <> r.posted or (a.totals ->> 'revenue_minor')::bigint <> l.revenue or (a.totals ->> 'balance_minor')::bigint <> 0)`,
  },
  {
    name: 'summed_days_are_of_the_entries',
    meaning: 'The sums kept of a day are those of its entries, for every day that is summed and no other.',
    needs: ['billing'],
    sql: `with counted as (
        select e.tenant_id, e.property_id, e.business_date, side.account, e.currency, sum(side.debit) as debit, sum(side.credit) as credit
          from billing.ledger_entries e join billing.properties p on p.tenant_id = e.tenant_id and p.id = e.property_id,
            lateral (values (e.debit_account, e.amount_minor, 0::bigint), (e.credit_account, 0, e.amount_minor)) as side (account, debit, credit)
          where e.business_date <= p.summed_through group by 1, 2, 3, 4, 5
      )
      select format('property %s, day %s, %s', property_id, business_date, account) as subject, format('%s and %s, entries say %s and %s', d.debit_minor, d.credit_minor, c.debit, c.credit) as found
        from billing.ledger_days d full join counted c using (tenant_id, property_id, business_date, account, currency)
        where d.debit_minor is distinct from c.debit or d.credit_minor is distinct from c.credit`,
  },
  {
    name: 'payments_are_in_the_ledger',
    meaning: 'What a folio\'s payments took and gave back is what the ledger has on the accounts of money.',
    needs: ['billing'],
    sql: `with paid as (select tenant_id, folio_id as id, sum(captured_minor - refunded_minor) as amount from billing.payments group by 1, 2),
      booked as (
        select p.tenant_id, p.folio_id as id, sum(case when e.debit_account in ${MONEY} then e.amount_minor else -e.amount_minor end) as amount
          from billing.postings p join billing.ledger_entries e on e.tenant_id = p.tenant_id and e.posting_id = p.id
          where e.debit_account in ${MONEY} or e.credit_account in ${MONEY} group by 1, 2)
      select format('folio %s', id) as subject, format('paid %s, in the ledger %s', coalesce(paid.amount, 0), coalesce(booked.amount, 0)) as found
        from paid full join booked using (tenant_id, id) where coalesce(paid.amount, 0) <> coalesce(booked.amount, 0)`,
  },
  {
    name: 'invoice_numbers_have_no_gap',
    meaning: 'A property\'s invoices and credit notes are numbered from 1 without a gap.',
    needs: ['billing'],
    sql: `select format('property %s', property_id) as subject, format('%s documents, numbers to %s, counter at %s', i.documents, i.highest, n.last) as found
      from (select tenant_id, property_id, count(*) as documents, max(number) as highest from billing.invoices group by 1, 2) i
      full join billing.invoice_numbers n using (tenant_id, property_id) where i.documents is distinct from i.highest or i.highest is distinct from n.last`,
  },
  {
    name: 'invoice_adds_up',
    meaning: 'An invoice comes to the sum of its lines, which are the charges that it lists.',
    needs: ['billing'],
    sql: `select format('invoice %s', i.id) as subject, format('gross %s, lines %s in %s', i.gross_minor, l.gross, l.lines) as found
      from billing.invoices i
      cross join lateral (select count(*) as lines, coalesce(sum((line ->> 'gross_minor')::bigint), 0) as gross from json_array_elements(i.document -> 'lines') line) l
      cross join lateral (
        select count(*) as charges, coalesce(sum(p.gross_minor), 0) as gross from billing.invoice_postings o join billing.postings p on p.tenant_id = o.tenant_id and p.id = o.posting_id
          where o.tenant_id = i.tenant_id and o.invoice_id = i.id) c
      where l.gross <> i.gross_minor or i.kind = 'invoice' and (c.charges <> l.lines or c.gross <> i.gross_minor)`,
  },
];
