from django.db import migrations, models

import opsdesk.search.models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Backlog',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.SmallIntegerField(choices=[(0, 'Subject'), (1, 'Message'), (2, 'Note'), (3, 'Account')], unique=True)),
                ('below', models.BigIntegerField()),
                ('total', models.BigIntegerField()),
                ('begun_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Words',
            fields=[
                ('id', opsdesk.search.models.RowId(primary_key=True, serialize=False)),
                ('words', opsdesk.search.models.WordsField()),
            ],
        ),
        migrations.CreateModel(
            name='Indexed',
            fields=[
                ('id', opsdesk.search.models.RowId(primary_key=True, serialize=False)),
                ('kind', models.SmallIntegerField(choices=[(0, 'Subject'), (1, 'Message'), (2, 'Note'), (3, 'Account')])),
                ('ref_id', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'ref_id'), name='indexed_once')],
            },
        ),
    ]
