package io.directfaas.xds.ca;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.bc.BcX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.HKDFParameters;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.signers.RSADigestSigner;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.jce.ECNamedCurveTable;
import org.bouncycastle.jce.spec.ECNamedCurveParameterSpec;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;

/**
 * Issues X.509-SVIDs with ECDSA P-256 keys. What it issues depends on the authority, the name and
 * the epoch alone, to the last byte: keys are derived from the authority's, and signatures are
 * those of RFC 6979. So nothing issued needs to be stored, a server that was restarted has what its
 * clients hold, and so has a second server with the same authority. The price: who has the
 * authority's key can compute every function's; he could name himself any function anyway.
 *
 * @see <a href="https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md">X509-SVID</a>
 */
final class SvidIssuer {
  /** For peers whose clock is behind. */
  private static final Duration BACKDATING = Duration.ofMinutes(5);

  private static final Pattern IPV4 = Pattern.compile("[0-9]+(\\.[0-9]+){3}");

  private static final String CURVE = "secp256r1";

  private static final ECDomainParameters P256 = p256();

  /** 128 bits more than the group's order, so that the remainder is as good as uniform. */
  private static final int KEY_MATERIAL = 48;

  private static final int SERIAL_BYTES = 16;

  private final CertificateAuthority authority;
  private final byte[] secret;

  SvidIssuer(CertificateAuthority authority) {
    this.authority = authority;
    this.secret = secretOf(authority);
  }

  private static ECDomainParameters p256() {
    ECNamedCurveParameterSpec spec = ECNamedCurveTable.getParameterSpec(CURVE);
    return new ECNamedDomainParameters(
        SECObjectIdentifiers.secp256r1, spec.getCurve(), spec.getG(), spec.getN(), spec.getH());
  }

  /** The number that is the key, whatever else its file says. */
  private static byte[] secretOf(CertificateAuthority authority) {
    return switch (authority.key()) {
      case ECPrivateKey ec -> ec.getS().toByteArray();
      case RSAPrivateKey rsa -> rsa.getPrivateExponent().toByteArray();
      default -> throw new IllegalArgumentException("unsupported key");
    };
  }

  /**
   * @param epochStart in whole seconds
   * @param end when it is to end; it never outlives its authority
   */
  Identity issue(SpiffeId id, Instant epochStart, Instant end) {
    Signed signed =
        sign(
            id.toString(),
            new X500Name("CN=" + id.function().name() + ",O=" + id.function().namespace()),
            new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, id.toString())),
            epochStart,
            end);
    return new Identity(id, signed.certificates, signed.privateKey, signed.notAfter);
  }

  /**
   * A certificate for a host, a name or an IPv4 address, and for this machine's own names for
   * itself.
   */
  ServerCertificate issueServer(String host, Instant epochStart, Instant end) {
    List<GeneralName> names = new ArrayList<>();
    for (String name : new TreeSet<>(List.of(host, "localhost", "127.0.0.1"))) {
      boolean isIp = IPV4.matcher(name).matches();
      names.add(new GeneralName(isIp ? GeneralName.iPAddress : GeneralName.dNSName, name));
    }
    Signed signed =
        sign(
            "server|" + host,
            new X500Name("CN=xds-server"),
            new GeneralNames(names.toArray(GeneralName[]::new)),
            epochStart,
            end);
    return new ServerCertificate(signed.certificates, signed.privateKey);
  }

  private record Signed(String certificates, String privateKey, Instant notAfter) {
    @Override
    public String toString() {
      return "a certificate until " + notAfter;
    }
  }

  private Signed sign(
      String owner, X500Name subject, GeneralNames names, Instant epochStart, Instant end) {
    Instant authorityEnd = authority.signer().getNotAfter().toInstant();
    Instant notAfter = end.isBefore(authorityEnd) ? end : authorityEnd;
    String context = owner + "|" + epochStart.getEpochSecond() + "|" + notAfter.getEpochSecond();
    ECPrivateKeyParameters key = deriveKey(context);
    ECPublicKeyParameters publicKey =
        new ECPublicKeyParameters(P256.getG().multiply(key.getD()).normalize(), P256);
    try {
      SubjectPublicKeyInfo publicInfo =
          SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(publicKey);
      X509CertificateHolder certificate =
          certificate(subject, names, publicInfo, serial(context), epochStart, notAfter);
      StringBuilder chain = new StringBuilder(Pem.ofCertificate(certificate.getEncoded()));
      for (X509Certificate link : authority.chain()) {
        if (!authority.roots().contains(link)) {
          chain.append(Pem.ofCertificate(link.getEncoded()));
        }
      }
      return new Signed(
          chain.toString(),
          Pem.ofPrivateKey(PrivateKeyInfoFactory.createPrivateKeyInfo(key).getEncoded()),
          notAfter);
    } catch (IOException | CertificateEncodingException e) {
      throw new IllegalStateException("cannot encode the certificate of " + owner, e);
    }
  }

  private ECPrivateKeyParameters deriveKey(String context) {
    BigInteger number = new BigInteger(1, derive("svid key|" + context, KEY_MATERIAL));
    BigInteger order = P256.getN();
    BigInteger d = number.mod(order.subtract(BigInteger.ONE)).add(BigInteger.ONE);
    return new ECPrivateKeyParameters(d, P256);
  }

  private BigInteger serial(String context) {
    BigInteger serial = new BigInteger(1, derive("svid serial|" + context, SERIAL_BYTES));
    return serial.setBit(0);
  }

  private byte[] derive(String info, int length) {
    HKDFBytesGenerator hkdf = new HKDFBytesGenerator(new SHA256Digest());
    hkdf.init(
        new HKDFParameters(
            secret,
            "directfaas".getBytes(StandardCharsets.UTF_8),
            info.getBytes(StandardCharsets.UTF_8)));
    byte[] bytes = new byte[length];
    hkdf.generateBytes(bytes, 0, length);
    return bytes;
  }

  private X509CertificateHolder certificate(
      X500Name subject,
      GeneralNames names,
      SubjectPublicKeyInfo key,
      BigInteger serial,
      Instant start,
      Instant notAfter)
      throws IOException {
    X509CertificateHolder issuer;
    try {
      issuer = new JcaX509CertificateHolder(authority.signer());
    } catch (CertificateEncodingException e) {
      throw new IOException(e);
    }
    BcX509ExtensionUtils extensions = new BcX509ExtensionUtils();
    return new X509v3CertificateBuilder(
            issuer.getSubject(),
            serial,
            Date.from(start.minus(BACKDATING)),
            Date.from(notAfter),
            subject,
            key)
        .addExtension(Extension.subjectAlternativeName, false, names)
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
        .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
        .addExtension(
            Extension.extendedKeyUsage,
            false,
            new ExtendedKeyUsage(
                new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}))
        .addExtension(
            Extension.authorityKeyIdentifier,
            false,
            extensions.createAuthorityKeyIdentifier(issuer))
        .build(signer());
  }

  private ContentSigner signer() {
    boolean rsa = authority.key() instanceof RSAPrivateKey;
    AlgorithmIdentifier algorithm =
        new DefaultSignatureAlgorithmIdentifierFinder()
            .find(rsa ? "SHA256WITHRSA" : "SHA256WITHECDSA");
    Signer signer =
        rsa
            ? new RSADigestSigner(new SHA256Digest())
            : new DSADigestSigner(
                new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest())), new SHA256Digest());
    try {
      AsymmetricKeyParameter key = PrivateKeyFactory.createKey(authority.key().getEncoded());
      signer.init(true, key);
    } catch (IOException e) {
      throw new IllegalStateException("the authority's key was readable before", e);
    }
    return new SignerStream(algorithm, signer);
  }

  /** What a signer has been given so far, as a stream. */
  private static final class SignerStream extends OutputStream implements ContentSigner {
    private final AlgorithmIdentifier algorithm;
    private final Signer signer;

    SignerStream(AlgorithmIdentifier algorithm, Signer signer) {
      this.algorithm = algorithm;
      this.signer = signer;
    }

    @Override
    public void write(int value) {
      signer.update((byte) value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      signer.update(bytes, offset, length);
    }

    @Override
    public AlgorithmIdentifier getAlgorithmIdentifier() {
      return algorithm;
    }

    @Override
    public OutputStream getOutputStream() {
      return this;
    }

    @Override
    public byte[] getSignature() {
      try {
        return signer.generateSignature();
      } catch (CryptoException e) {
        throw new IllegalStateException("cannot sign", e);
      }
    }
  }
}
