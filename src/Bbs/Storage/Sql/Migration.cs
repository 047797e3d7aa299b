namespace Scheduler.Bbs.Storage.Sql;

/// <summary>One step of the schema's history. Once released it is never edited: the next step mends it.</summary>
/// <param name="Version">Rises by one from 1.</param>
/// <param name="Statements">Where definitions cannot be rolled back (MySQL) each must do no harm when it runs a second time.</param>
internal sealed record Migration(int Version, string Name, IReadOnlyList<string> Statements);
