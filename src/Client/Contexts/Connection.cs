namespace Scheduler.Client.Contexts;

/// <summary>Where a command connects to, and who it is there.</summary>
internal sealed record Connection(string[] Bbs, string? CertificateFile, string? KeyFile, string? AuthorityFile);
