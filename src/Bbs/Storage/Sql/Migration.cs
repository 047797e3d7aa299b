namespace Scheduler.Bbs.Storage.Sql;

/// <summary>One step of the schema's history. Never edit a released step; correct it in the next step.</summary>
/// <param name="Version">Increases by one from 1.</param>
/// <param name="Statements">Where DDL cannot be rolled back (MySQL), each must be safe to run twice.</param>
internal sealed record Migration(int Version, string Name, IReadOnlyList<string> Statements);
